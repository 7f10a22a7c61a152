// Names: any text becomes one word of a subject, no two the same; offsets and numbers match.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { baseOf, messageOf, namesOf, nextOf, SPAN_MAX, wordOf } from '#protocols/jetstream/names'

test('a word has nothing that NATS reads as more than a letter, and tells texts apart', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
    assert.match(wordOf(a), /^[A-Za-z0-9_=~-]+$/)
    if (a !== b && !a.includes('\ufffd')) assert.is.not(wordOf(a), wordOf(b))
  })
  fc.assert(property)
  assert.is(wordOf('orders.eu-1'), 'orders=eu-1')
})

test('offsets begin at 0, grow with the number of the message, and lead back to it', () => {
  assert.equal([baseOf(1), nextOf(1, 2), baseOf(2)], [0, 2, SPAN_MAX])
  const numbers = fc.tuple(
    fc.integer({ min: 1, max: 2 ** 37 }),
    fc.integer({ min: 1, max: SPAN_MAX }),
  )
  const property = fc.property(numbers, ([message, span]) => {
    assert.is(messageOf(baseOf(message)), message)
    assert.is(messageOf(nextOf(message, span) - 1), message)
    assert.ok(nextOf(message, span) <= baseOf(message + 1))
    assert.ok(Number.isSafeInteger(nextOf(message, span)))
  })
  fc.assert(property)
})

test('a stream takes sixteen partitions, and none twice', () => {
  const { subjects } = namesOf('m')
  const all = [0, 1, 2].flatMap((group) => subjects('t', group, 35, false))
  assert.equal(
    all,
    Array.from({ length: 35 }, (_, at) => `m.t.t.${at}.*`),
  )
  assert.is(subjects('t', 2, 35, true).length, 6)
})

test.run()
