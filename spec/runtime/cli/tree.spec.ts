// The tree on a screen.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { treeLines } from '#runtime/cli/tree'

const actor = (path: string, change: Partial<ActorSnapshot> = {}): ActorSnapshot => ({
  ...{ path, kind: 'task', state: 'running', status: null, note: null, restarts: 0 },
  ...{ control: 0, data: 0, lastError: null, children: [] },
  ...change,
})

test('each actor is a line below its supervisor, with what is worth saying of it', () => {
  const ill = actor('one/host/b', {
    ...{ state: 'backoff', restarts: 2, control: 3, data: 1 },
    lastError: { atMs: 1, message: 'no luck' },
  })
  const well = actor('one/host/a', { kind: 'worker', status: 'working', note: '2 tasks' })
  const children = [actor('one/host', { kind: 'host', status: 'idle', children: [well, ill] })]
  assert.equal(treeLines([actor('one', { kind: 'system', children })]), [
    'one',
    '└─ host  idle',
    '   ├─ a (worker)  working  2 tasks',
    '   └─ b (task)  backoff  2 restarts  mailbox 3/1  no luck',
  ])
})

test('the trees of threads follow the one of their host', () => {
  const thread = actor('one/worker-0', { children: [actor('one/worker-0/worker')] })
  assert.equal(treeLines([actor('one'), thread]), [
    'one',
    'one/worker-0',
    '└─ worker (task)  running',
  ])
  assert.equal(treeLines([]), [])
})

test.run()
