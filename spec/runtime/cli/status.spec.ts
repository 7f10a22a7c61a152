// The application on one screen, as text.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatusDocument } from '#runtime/admin/documents'
import { statusLines } from '#runtime/cli/status'

const ONE = { id: 'one', state: 'active', pid: 7, workers: 2, tasks: 3, standbys: 1, startedAt: 0 }
const STATUS: StatusDocument = {
  ...{ application: 'words', host: 'one', coordinator: 'one', hosts: [ONE] },
  ...{ tasks: { running: 2, restoring: 1 }, standbys: {}, lag: 12_345, placement: 4 },
  unanswered: [],
}

test('tasks by state, lag, who coordinates, and a row for each host', async () => {
  assert.equal(await statusLines(STATUS, 90_000), [
    'words: 3 tasks (2 running, 1 restoring), lag 12.3 k',
    'coordinator one, placement 4',
    '',
    'HOST  STATE   PID  WORKERS  TASKS  STANDBYS  UP',
    'one   active  7    2        3      1         90 s',
  ])
})

test('standbys are a line where there are any, and nobody is said to be nobody', async () => {
  const bare = { ...STATUS, standbys: { following: 2 }, coordinator: null, tasks: {} }
  assert.equal((await statusLines(bare, 0)).slice(0, 3), [
    'words: 0 tasks (none), lag 12.3 k',
    'standbys: 2 following',
    'coordinator none, placement 4',
  ])
})

test.run()
