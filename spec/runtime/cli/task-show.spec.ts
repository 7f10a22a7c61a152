// A task on a page. That it is true is in the journey of the verbs.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NOTHING_METERED } from '#actors/task/meter'
import type { TaskDocument, TaskRow } from '#runtime/admin/documents'
import { taskLines } from '../../../runtime/cli/task-show.ts'

const active: TaskRow = {
  ...{ id: 't/a/0', role: 'active', state: 'backoff', host: 'one', worker: 1, epoch: 3 },
  ...{ records: 12, dropped: { late: 2, skipped: 0 }, commits: 4, lag: 5, positions: [] },
  ...{ streamTime: 0, restoredFrom: 2, restored: 9, restoreEnd: 9, restarts: 1, checkpoint: 8 },
  meter: { ...NOTHING_METERED, commits: 4, commitMs: 6, committedAt: 1000, recordsOut: 3 },
  failedAt: { topic: 'in', partition: 0, offset: 7 },
  error: { code: 'X', what: 'it broke' },
}
const place = {
  ...{ id: 't/a/0', holders: ['one'], target: 'one', granted: 'one', standbys: ['two'], pin: null },
  ...({ step: 'settled', why: null } as const),
}
const document: TaskDocument = {
  ...{ application: 'app', task: 't/a/0', place, placement: 4, active, unanswered: [] },
  standbys: [
    { ...active, role: 'standby', host: 'two', state: 'following', purpose: 'standby', lag: 2 },
  ],
  partitions: [
    {
      topic: 'in',
      partition: 0,
      task: 't/a/0',
      host: 'one',
      state: 'backoff',
      end: 12,
      committed: 7,
      lag: 5,
    },
    {
      topic: 'other',
      partition: 0,
      task: 't/a/0',
      host: 'one',
      state: 'backoff',
      end: null,
      committed: null,
      lag: null,
    },
  ],
  stores: [],
  events: [],
}

test('a page says state, place, work, commits, trouble, inputs and copies', async () => {
  assert.equal(await taskLines(document, 5000), [
    'task        t/a/0',
    'state       backoff',
    'host        one, worker 1, epoch 3',
    'why here    one is where placement 4 wants it',
    'records     12 in, 2 dropped: late, 3 out, 0 changes',
    'commits     4, 1.5 ms each, newest 4 s ago',
    'busy        0.0 s of work since it began here',
    'replayed    offsets 2 to 9 of its commit log',
    'checkpoint  commit log offset 8',
    'restarts    1',
    'error       it broke [X]',
    'failed at   in/0 offset 7',
    '',
    'INPUT  PART  END  COMMITTED  LAG',
    'in     0     12   7          5',
    'other  0     -    -          -',
    '',
    'STANDBY  STATE      LAG  RESTARTS',
    'two      following  2    1',
  ])
})

test('why it is where it is: what it waits for, a hand that pinned it, or the placement', async () => {
  const pinned = await taskLines({ ...document, place: { ...place, pin: 'one' } }, 0)
  assert.ok(pinned.includes('why here    pinned to one, by hand'))
  const waits = await taskLines(
    { ...document, place: { ...place, step: 'starting', why: 'starts at one' } },
    0,
  )
  assert.ok(waits.includes('why here    starts at one'))
  const nowhere = await taskLines({ ...document, place: null, active: null }, 0)
  assert.equal(nowhere.slice(1, 3), [
    'state       absent: no host says that it runs it',
    'why here    it is placed nowhere',
  ])
})

test.run()
