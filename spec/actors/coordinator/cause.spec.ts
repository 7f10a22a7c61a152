// Why a placement is not the last one: told from the two and from who is there.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { causeOf, moved, waiting } from '#actors/coordinator/cause'
import { type Member, NOTHING_WISHED, type Placement } from '#protocols/messages/membership'

const placed = (target: Placement['target'], granted = target): Placement => ({
  ...{ version: 1, target, granted, standbys: {} },
})
const member = (id: string, state: Member['state'] = 'active'): Member => ({
  ...{ id, state, incarnation: id, pid: 1, socket: id, workers: 1, startedAt: 0 },
  ...{ topologies: {}, held: [], stateful: [] },
})
const both = [member('one'), member('two')]
const ON_ONE = placed({ a: 'one', b: 'one' })
const ON_BOTH = placed({ a: 'one', b: 'two' })
const ON_TWO = placed({ a: 'two', b: 'two' })

const cause = (last: Placement, next: Placement, members = both, wishes = {}): string =>
  causeOf(last, next, { members, wishes: { ...NOTHING_WISHED, ...wishes } })

test('a host that tasks are taken from is named, and what became of it', () => {
  assert.is(cause(ON_BOTH, ON_TWO, [member('two')]), 'one is gone')
  assert.is(cause(ON_BOTH, ON_TWO, [member('one', 'draining'), member('two')]), 'one leaves')
  assert.is(cause(ON_BOTH, ON_TWO, both, { draining: ['one'] }), 'one drains')
  assert.is(cause(ON_BOTH, ON_TWO, both, { fenced: ['one'], draining: ['one'] }), 'one is fenced')
})

test('hosts that had nothing, tasks that were not there or are there no more, and pins are named', () => {
  assert.is(cause(ON_ONE, ON_BOTH), 'two takes part')
  assert.is(cause(ON_BOTH, ON_TWO, both, { pins: { a: 'two' } }), '1 task pinned')
  assert.is(cause(placed({}), ON_ONE), 'one takes part, 2 tasks new')
  assert.is(cause(ON_ONE, placed({ a: 'one' })), '1 task ended')
  const active = { t: { shape: 'x' } }
  assert.is(cause(ON_ONE, { ...ON_ONE, active }), 'shapes changed')
})

test('where the targets are the same it is a step; where nothing is known of others, a balance', () => {
  assert.is(cause(placed(ON_BOTH.target, { a: 'one' }), ON_BOTH), 'a step of a rebalance')
  assert.is(cause(ON_BOTH, placed({ a: 'two', b: 'one' })), 'balance')
})

test('a task moves when its target is another, and waits while it is not granted to that', () => {
  assert.equal(moved(ON_BOTH, ON_TWO), ['a'])
  assert.equal(moved(placed({}), ON_ONE), ['a', 'b'])
  assert.equal(waiting(placed(ON_TWO.target, { b: 'two' })), ['a'])
})

test.run()
