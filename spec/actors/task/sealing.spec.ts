// When stores are sealed, and in how many parts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Sealing } from '#actors/task/sealing'
import type { CommitRef } from '#protocols/broker/broker'
import { epoch, offset } from '#protocols/core/brands'
import { serde } from '#protocols/serdes/serdes'
import { taskSettings } from '#runtime/process/task-settings'
import { storeOf } from '#stores/changelog/open-store'
import { TaskState } from '#stores/changelog/task-state'
import { memoryEngine } from '#stores/engine/memory'
import type { KeyValueSpec } from '#stores/store'

const SPEC: KeyValueSpec = {
  ...{ name: 'counts', kind: 'keyvalue' },
  // A spec's serdes are only ever used with the keys and values of its own store.
  key: serde.string() as KeyValueSpec['key'],
  value: serde.int32() as KeyValueSpec['value'],
}

/** A task that commits, and looks each time whether its stores are to be sealed. */
function task(options: { sealIntervalMs?: number; sealRows?: number; pendingMax?: number }) {
  const settings = { ...taskSettings({}), sealIntervalMs: 100, sealRows: 10, ...options }
  const state = new TaskState([SPEC], { disk: memoryEngine(), memory: memoryEngine() })
  const sealing = new Sealing(settings, 0)
  let commits = 0
  return {
    state,
    put: (from: number, count: number): void => {
      const store = storeOf(state, 'counts', 'keyvalue')
      for (let n = from; n < from + count; n++) store.put(`key ${n}`, n)
    },
    /** Whether the checkpoint moved. */
    commit: (nowMs: number): boolean => {
      state.stage()
      return sealing.look(state, refOf(++commits), nowMs)
    },
  }
}

const refOf = (number: number): CommitRef => ({
  ...{ next: offset(number), epoch: epoch(1), number, tag: 'tag', history: '' },
})

test('a seal begins when its interval is over, and goes on with each commit for eight of them', () => {
  const { state, put, commit } = task({})
  put(0, 800)
  assert.is(commit(99), false)
  assert.is(state.pending, 800)
  for (let part = 1; part < 8; part++) {
    assert.is(commit(100 + part), false)
    assert.is(state.pending, 800 - part * 100)
  }
  assert.is(commit(108), true)
  assert.equal([state.pending, state.checkpoint?.number], [0, 2])
  put(0, 20)
  assert.is(commit(199), false, 'the next begins so long after this one began')
  assert.is(state.pending, 20)
  assert.is(commit(201), false)
  assert.is(state.pending, 10)
})

test('a part has so many rows at least, and a small store one part', () => {
  const { state, put, commit } = task({})
  put(0, 10)
  assert.is(commit(100), true)
  assert.equal([state.pending, state.checkpoint?.number], [0, 1])
})

test('a seal begins early where half of what may wait does, and is done at once where all of it does', () => {
  const { state, put, commit } = task({ pendingMax: 100 })
  put(0, 50)
  assert.is(commit(1), false)
  assert.is(state.pending, 40)
  put(1_000, 60)
  assert.is(commit(2), true)
  assert.equal([state.pending, state.checkpoint?.number], [0, 2])
})

test.run()
