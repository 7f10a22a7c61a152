// Byte strings: one order everywhere, and the bound after a prefix.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  afterPrefix,
  asBuffer,
  compareBytes,
  concatBytes,
  equalBytes,
  fromUtf8,
  utf8,
} from '#protocols/core/bytes'

const bytes = fc
  .uint8Array({ maxLength: 4 })
  .map((it) => it.map((byte) => byte | (byte > 9 ? 0xf8 : 0)))

test('bytes compare unsigned, and a prefix sorts before what it begins', () => {
  assert.ok(compareBytes(Uint8Array.of(127), Uint8Array.of(128)) < 0)
  assert.ok(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0)) < 0)
  assert.is(compareBytes(Uint8Array.of(), Uint8Array.of()), 0)
})

test('the order is that of Buffer.compare, and equality agrees with it', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.is(Math.sign(compareBytes(a, b)), Buffer.compare(a, b))
      assert.is(equalBytes(a, b), Buffer.compare(a, b) === 0)
    }),
  )
})

test('the bound after a prefix is above all that begins with it and below all else above', () => {
  fc.assert(
    fc.property(bytes, bytes, (prefix, other) => {
      const bound = afterPrefix(prefix)
      const isInside = equalBytes(other.subarray(0, prefix.length), prefix)
      const isInRange =
        compareBytes(other, prefix) >= 0 && (bound === undefined || compareBytes(other, bound) < 0)
      assert.is(isInRange, isInside)
    }),
  )
  assert.is(afterPrefix(Uint8Array.of(255, 255)), undefined)
})

test('parts are joined in order; text comes back as it was', () => {
  assert.equal(
    concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)),
    Uint8Array.of(1, 2, 3),
  )
  assert.is(fromUtf8(utf8('Grüße, 鯨 🐋')), 'Grüße, 鯨 🐋')
})

test('a Buffer over bytes shares them', () => {
  const whole = Uint8Array.of(0, 1, 2, 3)
  const buffer = asBuffer(whole.subarray(1, 3))
  assert.equal([...buffer], [1, 2])
  whole[1] = 9
  assert.is(buffer[0], 9)
})

test.run()
