// What an actor definition becomes: one sub-topology over its mailbox, with its own stores; and what is
// refused where it is written.

import { actor, serde } from 'millrace'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'

const other = actor('other', { initial: () => 0, receive: () => {}, partitions: 2 })
const cart = actor('cart', {
  message: serde.string(),
  state: serde.int32(),
  initial: () => 0,
  receive: () => {},
  sends: () => [other],
  partitions: 8,
})

test('an actor is one sub-topology over its mailbox, as wide as the mailbox', () => {
  const { subtopologies, topics } = cart.plan('shop')
  assert.equal(
    subtopologies.map(({ name, sources }) => [name, sources.map(({ topic }) => topic)]),
    [['cart', ['shop.cart.mailbox']]],
  )
  assert.equal(
    topics.map(({ name, owner, declared }) => [name, owner, declared.partitions]),
    [
      ['shop.cart.mailbox', 'internal', 8],
      ['shop.cart.output', 'internal', 8],
      ['shop.replies', 'internal', 1],
      ['shop.other.mailbox', 'internal', 2],
    ],
  )
})

test('its rows, timers and quarantine are stores named after it', () => {
  const [part] = cart.plan('shop').subtopologies
  assert.equal(
    part?.stores.map(({ name }) => name),
    ['cart', 'cart.timers.event', 'cart.timers.wall', 'cart.quarantine', 'cart.waiting'],
  )
})

test('a name that cannot be one, and a first behavior that is not there, are refused', () => {
  const refused = (code: string, make: () => unknown): void =>
    assert.throws(make, (error: unknown) => isMillraceError(error, code))
  refused('NAME_INVALID', () => actor('a b', { initial: () => 0, receive: () => {} }))
  refused('ACTOR_INVALID', () =>
    actor('a', { initial: () => 0, first: 'b' as 'a', behaviors: { a: () => {} } }),
  )
  refused('ACTOR_INVALID', () => {
    const long = 'x'.repeat(128)
    return actor('a', { initial: () => 0, first: long, behaviors: { [long]: () => {} } })
  })
})

test.run()
