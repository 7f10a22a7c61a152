// Documents made of the coordination map alone: what it knows is in them, and nothing that it does not.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_PLACED, NOTHING_WISHED } from '#protocols/messages/membership'
import { statusOfMap, tasksOfMap } from '#runtime/admin/map-report'
import type { GroupLook } from '#runtime/process/group-look'
import { memberOf } from '../../actors/host/host-world.ts'

const look: GroupLook = {
  ...{ application: 'app', coordinator: 'one', plans: new Map() },
  members: [memberOf('one', { held: ['t/a/0'], copies: { 't/a/10': 0 } }), memberOf('two', {})],
  placement: {
    ...NOTHING_PLACED,
    version: 7,
    target: { 't/a/10': 'two', 't/a/2': 'one' },
    granted: { 't/a/2': 'two' },
  },
  wishes: { ...NOTHING_WISHED, draining: ['two'] },
}

test('a status has the members as they are wished, and of tasks only their number', () => {
  const status = statusOfMap(look)
  assert.equal(
    [status.host, status.lag, status.coordinator, status.placement],
    [null, null, 'one', 7],
  )
  assert.equal(
    status.hosts.map(({ id, state, tasks, standbys }) => [id, state, tasks, standbys]),
    [
      ['one', 'active', 1, 1],
      ['two', 'draining', 0, 0],
    ],
  )
  assert.equal(status.tasks, { unknown: 2 })
  assert.is(status.unwell?.[0], 'no host answers')
})

test('tasks are where the map has them, in the order of their numbers, and none is said to run', () => {
  const { tasks, standbys, placed, unanswered } = tasksOfMap(look)
  assert.equal([tasks, standbys], [[], []])
  assert.equal(placed, [
    { task: 't/a/2', target: 'one', granted: 'two' },
    { task: 't/a/10', target: 'two', granted: null },
  ])
  assert.equal(
    unanswered.map(({ host }) => host),
    ['one', 'two'],
  )
})

test('where nothing is placed there are no tasks', () => {
  assert.equal(statusOfMap({ ...look, placement: NOTHING_PLACED }).tasks, {})
})

test.run()
