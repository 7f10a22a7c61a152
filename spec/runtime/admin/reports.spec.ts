// Tasks that are not where they are to be. What the documents say of a group is in admin-app.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { movesOf } from '#runtime/admin/reports'

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

test.run()
