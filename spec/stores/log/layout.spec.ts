// Keys sort as what they stand for; what is written is read back.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareBytes } from '#protocols/core/bytes'
import {
  baseOf,
  batchKey,
  decodeHead,
  decodeNumber,
  decodeSpan,
  encodeHead,
  encodeNumber,
  encodeSpan,
} from '#stores/log/layout'

const PLAIN = { noNullPrototype: true }
const topicId = fc.nat(2 ** 32 - 1)
const partition = fc.nat(1023)
const base = fc.maxSafeNat()
const place = fc.tuple(topicId, partition, base)

test('batch keys sort by topic, then partition, then offset', () => {
  const property = fc.property(place, place, (a, b) => {
    const i = a.findIndex((part, n) => part !== b[n])
    const expected = i < 0 ? 0 : Math.sign((a[i] ?? 0) - (b[i] ?? 0))
    assert.is(Math.sign(compareBytes(batchKey(...a), batchKey(...b))), expected)
  })
  fc.assert(property)
})

test('a batch key gives its offset back', () => {
  fc.assert(fc.property(place, (at) => assert.is(baseOf(batchKey(...at)), at[2])))
})

test('heads, spans and numbers come back as they were', () => {
  const head = { first: base, next: base, bytes: base, floor: base, rewrites: base, cleaned: base }
  fc.assert(
    fc.property(fc.record(head, PLAIN), (value) =>
      assert.equal(decodeHead(encodeHead(value)), value),
    ),
  )
  const small = fc.nat(2 ** 32 - 1)
  const span = { base, next: base, maxTime: base, bytes: small, count: small }
  fc.assert(
    fc.property(fc.record(span, PLAIN), (value) => {
      assert.equal(decodeSpan(batchKey(1, 2, value.base), encodeSpan(value)), value)
    }),
  )
  assert.is(decodeNumber(encodeNumber(2 ** 53 - 1)), 2 ** 53 - 1)
  assert.is(decodeNumber(undefined), 0)
})

test.run()
