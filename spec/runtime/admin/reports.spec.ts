// Tasks that are not where they are to be. What the documents say of a group is in admin-app.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expected, movesOf } from '#runtime/admin/reports'
import { memberOf } from '../../actors/host/host-world.ts'

const active = (id: string, host: string) => ({ id, host, role: 'active' as const })
const standby = (id: string, host: string) => ({ id, host, role: 'standby' as const })

test('a task that runs where it is to be does not move', () => {
  const placement = { target: { a: 'one' }, granted: { a: 'one' } }
  assert.equal(movesOf(placement, [active('a', 'one'), standby('a', 'two')]), [])
})

test('a task waits for its copy where it is to go, or for the host that has to let it go', () => {
  const placement = { target: { a: 'two', b: 'two' }, granted: { a: 'one', b: 'two' } }
  const facts = [active('a', 'one'), standby('a', 'two'), active('b', 'one')]
  assert.equal(movesOf(placement, facts), [
    { task: 'a', from: 'one', to: 'two', waitsFor: 'warming' },
    { task: 'b', from: 'one', to: 'two', waitsFor: 'closing' },
  ])
})

test('a task that nobody runs is to be opened, by whoever may', () => {
  const placement = { target: { a: 'two', b: 'two', c: 'two' }, granted: { a: 'two', b: 'one' } }
  assert.equal(movesOf(placement, []), [
    { task: 'a', from: null, to: 'two', waitsFor: 'opening' },
    { task: 'b', from: 'one', to: 'two', waitsFor: 'opening' },
    { task: 'c', from: null, to: 'two', waitsFor: 'opening' },
  ])
})

test('tasks of an active shape are expected although no host there can run them, while one has the topology', () => {
  const shape = {
    ...{ topology: 't', topics: {} },
    subtopologies: { a: { tasks: 2, sources: [], stores: {} } },
  }
  const plans = new Map([['t', { shape, revision: 1 }]])
  const target = { 't/a/0': 'one', 'u/b/0': 'one' }
  const has = [memberOf('one', { topologies: { t: { a: 2 } } })]
  assert.equal(expected({ members: has, plans, target }), ['t/a/0', 'u/b/0', 't/a/1'])
  assert.equal(expected({ members: [memberOf('one')], plans, target }), ['t/a/0', 'u/b/0'])
})

test.run()
