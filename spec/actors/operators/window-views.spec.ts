// Rows of windowed tables by their windowed keys.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sessionView, windowView } from '#actors/operators/window-views'
import type { NodeContext } from '#actors/topology/node'
import { serde } from '#protocols/serdes/serdes'
import { openStore, storeOf } from '#stores/changelog/open-store'
import { memoryEngine } from '#stores/engine/memory'
import type { StoreSpec } from '#stores/store'

function opened(spec: object) {
  const table = memoryEngine().table('kept')
  const common = { name: 'kept', key: serde.string(), value: serde.int64() }
  const store = openStore({ ...common, ...spec } as unknown as StoreSpec, {
    table,
    cell: () => ({ value: -1 }),
  })
  const context = { storeOf: () => store } as unknown as NodeContext // all that views use
  return { context, store: { store: () => store } }
}

test('a window is found by key and start, with the time that wrote it, until its retention', () => {
  const { context, store } = opened({ kind: 'window', windowSizeMs: 10, retentionMs: 20 })
  const kept = storeOf(store, 'kept', 'window')
  const view = windowView<string, number>('kept')(context)
  kept.put('a', 3, 10, 17)
  assert.equal(view.get({ key: 'a', start: 10, end: 20 }), { value: 3, time: 17 })
  assert.is(view.get({ key: 'a', start: 0, end: 10 }), undefined)
  kept.put('b', 1, 30, 30)
  assert.is(view.get({ key: 'a', start: 10, end: 20 }), undefined)
})

test('a session is found by key and both bounds; its time is its end', () => {
  const { context, store } = opened({ kind: 'session', retentionMs: 100 })
  storeOf(store, 'kept', 'session').put({ key: 'a', start: 5, end: 9 }, 2)
  const view = sessionView<string, number>('kept')(context)
  assert.equal(view.get({ key: 'a', start: 5, end: 9 }), { value: 2, time: 9 })
  assert.is(view.get({ key: 'a', start: 5, end: 10 }), undefined)
})

test.run()
