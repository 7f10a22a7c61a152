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

test('versions are lines where there are several, and say where to look', async () => {
  const row = { topology: 'words', supports: 3, tasks: 3, blockers: [] }
  const versions = [
    { ...row, version: '1', shape: 'abcdef012345', hosts: ['one'], state: 'active' },
    { ...row, version: null, shape: 'fedcba543210', hosts: ['two', 'three'], state: 'pending' },
    { ...row, version: null, shape: null, hosts: [], state: 'active' },
  ] as const
  assert.equal((await statusLines({ ...STATUS, versions }, 0)).slice(1, 5), [
    'coordinator one, placement 4',
    'words 1 active on one: millrace upgrade',
    'words fedcba pending on two, three: millrace upgrade',
    'words of an older host active on no host: millrace upgrade',
  ])
  assert.is((await statusLines({ ...STATUS, versions: [] }, 0)).length, 5)
})

test.run()
