// Actors in one list: all of them, those that are meant, and in the order that was asked for.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorSnapshot } from '#actors/kernel/tree'
import type { TreeDocument } from '#runtime/admin/documents'
import { type ActorFilter, actorsDocument, actorsLines } from '../../../runtime/cli/actors.ts'

const actor = (path: string, change: Partial<ActorSnapshot> = {}): ActorSnapshot => ({
  ...{ path, kind: 'task', state: 'running', status: null, note: null, restarts: 0 },
  ...{ control: 0, data: 0, lastError: null, children: [] },
  ...change,
})

const tree: TreeDocument = {
  hosts: [
    {
      host: 'one',
      trees: [
        actor('one', {
          kind: 'system',
          children: [
            actor('one/a', { status: 'idle', control: 2, data: 1, busyMs: 1500, taken: 12_345 }),
            actor('one/b', { state: 'backoff', status: 'idle', restarts: 2, busyMs: 20, taken: 9 }),
          ],
        }),
      ],
    },
    { host: 'two', trees: [actor('two', { kind: 'system' })] },
  ],
  unanswered: [{ host: 'three', error: 'silent' }],
}

const paths = (filter: ActorFilter) => actorsDocument(tree, filter).actors.map(({ path }) => path)

test('every actor of every host is listed, each before those below it', () => {
  assert.equal(paths({}), ['one', 'one/a', 'one/b', 'two'])
  assert.equal(actorsDocument(tree, {}).unanswered, tree.unanswered)
})

test('they are kept by state, kind, path, what waits and restarts', () => {
  assert.equal(paths({ state: 'idle' }), ['one/a'])
  assert.equal(paths({ state: 'backoff' }), ['one/b'])
  assert.equal(paths({ kind: 'system' }), ['one', 'two'])
  assert.equal(paths({ path: 'one/' }), ['one/a', 'one/b'])
  assert.equal(paths({ waiting: '3' }), ['one/a'])
  assert.equal(paths({ restarts: '1', state: 'idle' }), [])
})

test('a kind that no actor has is refused, with those there are', () => {
  const ask = (kind: string) => actorsDocument({ ...tree, unanswered: [] }, { kind })
  assert.throws(() => ask('nothing'), /--kind takes system, task or a part of one, not 'nothing'/)
  assert.is(ask('sys').actors.length, 2)
})

test('while a host is silent a kind that nobody has is not refused: that host may have it', () => {
  assert.equal(paths({ kind: 'nothing' }), [])
})

test('they are sorted by what there is most of, and cut', () => {
  for (const [sort, first] of [
    ['mailbox', 'one/a'],
    ['busy', 'one/a'],
    ['taken', 'one/a'],
    ['restarts', 'one/b'],
  ] as const) {
    assert.equal(paths({ sort, top: '1' }), [first], sort)
  }
  assert.throws(() => paths({ top: 'few' }), /--top takes a whole number/)
})

test('what an old host does not tell shows as a dash', async () => {
  assert.equal(await actorsLines(actorsDocument(tree, { path: 'o' })), [
    'ACTOR  KIND    STATE    MAILBOX  RESTARTS  TAKEN   BUSY',
    'one    system  running  0        0         -       -',
    'one/a  task    idle     3        0         12.3 k  1.5 s',
    'one/b  task    backoff  0        2         9       0.0 s',
    'two    system  running  0        0         -       -',
  ])
})

test.run()
