// Hosts, the tree, and errors.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as group from '../../../../runtime/console/client/group.mjs'
import { aCopy, aHost, aLook, aTask, NOW } from '../../dashboard/a-look.ts'
import { aState, seen } from './a-state.ts'

const { errorsPage, failuresIn, hostsPage, treePage } = group
const unanswered = [{ host: 'two', error: 'timed out' }]

test('hosts say who coordinates, and who did not answer', () => {
  const { status } = aLook({
    status: { hosts: [aHost('one'), { ...aHost('three'), state: 'fenced' }], unanswered },
  })
  const text = seen(hostsPage(aState({ status })))
  assert.match(text, /one ●active coordinator 2 0 2 7 1 min/)
  assert.match(text, /three ■fenced 2 0/)
  assert.match(text, /Host two did not answer timed out/)
})

test('the tree has an actor inside the one that restarts it', () => {
  const actor = {
    ...{ kind: 'task', state: 'running' as const, status: null, note: null, restarts: 0 },
    ...{ control: 0, data: 0, lastError: null },
  }
  const child = {
    ...{ ...actor, path: 'host/task', status: 'restoring', note: 'a note', restarts: 3, data: 4 },
    ...{ lastError: { atMs: NOW, message: 'it threw' }, children: [] },
  }
  const trees = [{ ...actor, path: 'host', kind: 'host', children: [child] }]
  const page = treePage(aState({ tree: { hosts: [{ host: 'one', trees }], unanswered: [] } }))
  assert.match(
    seen(page),
    /one host host ●running task task ◐restoring a note 4 waiting 3 restarts it threw/,
  )
  assert.match(page.text, /<li>.*<b>host<\/b>.*<ul><li>.*<b>task<\/b>/s)
})

test('errors are tasks and copies that failed, hosts that are silent, and keys in quarantine', () => {
  assert.match(seen(errorsPage(aState())), /No task has failed, and every host answers/)
  const error = { code: 'TASK_FAILED', what: 'it threw' }
  const { tasks, status } = aLook({
    tasks: { tasks: [aTask(), aTask({ id: 'a/b/1', error })], standbys: [aCopy({ error })] },
    status: { unanswered },
  })
  const keys = [
    {
      actor: 'cart',
      key: { id: 7 },
      error: 'bad mail',
      atMs: NOW - 60_000,
      waiting: 2,
      message: 1,
    },
  ]
  const state = aState({ tasks, status }, { quarantine: { keys } })
  const { hosts, tasks: failed } = failuresIn(state)
  assert.equal([hosts.length, failed.map(({ id }) => id)], [1, ['a/b/1', 'words/counts/0']])
  assert.match(
    seen(errorsPage(state)),
    /cart {"id":7} ▲quarantined for 1 min, 2 messages wait bad mail/,
  )
  assert.match(seen(errorsPage({ ...state, quarantine: null })), /shown with the host’s token/)
})

test('what was told as a failure lately is there, the like with the like', () => {
  const lately = [
    {
      ...{ code: 'TASK_FAILED', message: 'it threw', count: 3, firstMs: NOW - 9, lastMs: NOW },
      hosts: ['one', 'two'],
    },
  ]
  const page = errorsPage(aState({ events: { application: 'words', events: [], lately } }))
  assert.match(seen(page), /TASK_FAILED 3 2023-11-14 22:13:20 UTC one, two it threw/)
})

test.run()
