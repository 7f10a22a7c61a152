// What is said before tasks are told something. That they do it is in the journey of the verbs.

import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_METERED } from '#actors/task/meter'
import type { TaskRow } from '#runtime/admin/documents'
import { addOrders, planned } from '../../../runtime/cli/task-orders.ts'

const failedAt = { topic: 'lines', partition: 0, offset: 7 }
const task: TaskRow = {
  ...{ id: 't/a/0', role: 'active', state: 'quarantined', host: 'one', worker: 0, epoch: 1 },
  ...{ records: 0, dropped: {}, commits: 0, lag: 0, positions: [], streamTime: 0 },
  ...{ restoredFrom: 0, restored: 0, restoreEnd: 0, restarts: 0, error: null },
  meter: NOTHING_METERED,
}

test('a plan says where a task is, how it is, and what comes of the order', () => {
  const pause = { order: 'pause', description: '', effect: 'commits' } as const
  assert.is(planned(pause, 't/a/0', task), 't/a/0 on one, quarantined: commits')
  assert.is(planned(pause, 't/a/0', undefined), 't/a/0, which runs nowhere now')
})

test('a skip names the record that is lost', () => {
  const skip = { order: 'skip', description: '', effect: 'passes over' } as const
  assert.is(
    planned(skip, 't/a/0', { ...task, failedAt }),
    't/a/0 on one, quarantined: passes over lines/0 offset 7, for good',
  )
})

test('the orders have the names of one vocabulary, and those they had before', () => {
  const tasks = new Command('tasks')
  addOrders(tasks)
  assert.equal(
    tasks.commands.map((it) => [it.name(), ...it.aliases()].join('|')),
    ['pause|suspend', 'resume', 'restart|retry', 'skip', 'quarantine', 'reset'],
  )
})

test.run()
