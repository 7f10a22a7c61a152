// string: UTF-8, as Kafka's.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { serde } from '#protocols/serdes/serdes'
import { comesBack, hex, refuses } from '../../kit/round-trip.ts'

test('strings come back, whatever their length and letters', () => {
  comesBack(serde.string(), fc.string({ unit: 'binary' }), [
    '',
    'Grüße',
    '鯨',
    '🐋',
    'a'.repeat(24),
  ])
  comesBack(serde.string(), fc.string({ minLength: 20, maxLength: 30 }))
})

test('strings are UTF-8', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(text, (value) => {
      assert.is(hex(serde.string(), value), Buffer.from(value, 'utf8').toString('hex'))
    }),
  )
})

test('what is no string is refused', () => {
  refuses(serde.string(), 1, /string cannot hold the number 1/)
  refuses(serde.string(), undefined, /string cannot hold undefined/)
  refuses(serde.string(), { a: 1 }, /string cannot hold an object \(Object\)/)
})

test('half of a surrogate pair is refused, and nothing of it is written: it would be the same key as any other', () => {
  const out = new ByteWriter()
  for (const half of [
    '\ud83d',
    '\udc0b',
    'a\ud83dz',
    'Grüße \udc0b\ud83d',
    `${'鯨'.repeat(99)}\ud83d`,
  ]) {
    refuses(serde.string(), half, /string cannot hold the string '.*a lone surrogate/)
    assert.throws(() => serde.string().write(half, out))
    assert.is(out.length, 0)
  }
  comesBack(serde.json(), fc.constant({ half: '\ud83d' }))
})

test.run()
