// fingerprint: 128 bits that tell bytes apart.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprint } from '#protocols/records/fingerprint'

const hex = (bytes: Uint8Array): string => Buffer.from(fingerprint(bytes)).toString('hex')

test('it is MurmurHash3 x86_128 with seed 0', () => {
  assert.is(hex(Buffer.alloc(0)), '00000000000000000000000000000000')
  assert.is(
    hex(Buffer.from('The quick brown fox jumps over the lazy dog')),
    '2f1583c3ecee2c675d7bf66ce5e91d2c',
  )
})

test('a change of any one bit changes it, whatever the length', () => {
  const property = fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(),
    (bytes, at) => {
      const changed = Uint8Array.from(bytes)
      const index = (at >> 3) % bytes.length
      changed[index] = (changed[index] ?? 0) ^ (1 << (at & 7))
      assert.is.not(hex(bytes), hex(changed))
    },
  )
  fc.assert(property, { numRuns: 500 })
})

test('zeros at the end count', () => {
  const all = new Set(Array.from({ length: 40 }, (_, length) => hex(Buffer.alloc(length))))
  assert.is(all.size, 40)
})

test.run()
