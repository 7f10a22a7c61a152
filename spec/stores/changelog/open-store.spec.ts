// Every kind of spec opens a store of its kind, and a store is handed out as nothing else.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Serde, serde } from '#protocols/serdes/serdes'
import { openStore, type StoreKind, storeOf } from '#stores/changelog/open-store'
import { TaskState } from '#stores/changelog/task-state'
import { memoryEngine } from '#stores/engine/memory'
import type { StoreSpec } from '#stores/store'

// Specs hold serdes of every type alike.
const text = serde.string() as Serde<unknown>
const named = (name: string) => ({ name, key: text, value: text })

const SPECS: readonly StoreSpec[] = [
  { ...named('keyvalue'), kind: 'keyvalue' },
  { ...named('timestamped'), kind: 'timestamped' },
  { ...named('window'), kind: 'window', windowSizeMs: 1, retentionMs: 1 },
  { ...named('session'), kind: 'session', retentionMs: 1 },
  { ...named('versioned'), kind: 'versioned', historyRetentionMs: 1 },
  { ...named('buffer'), kind: 'buffer', keeps: 'all' },
]

test('every kind opens', () => {
  for (const spec of SPECS) {
    const store = openStore(spec, { table: memoryEngine().table('s'), cell: () => ({ value: -1 }) })
    assert.is(store.spec, spec)
    assert.is(store.pending, 0)
  }
})

test('a store is handed out as its own kind only; key-value and timestamped are one', () => {
  const state = new TaskState(SPECS, { disk: memoryEngine(), memory: memoryEngine() })
  const kinds = SPECS.map(({ kind }): StoreKind => kind)
  const plain = (kind: StoreKind): StoreKind => (kind === 'timestamped' ? 'keyvalue' : kind)
  for (const name of kinds) {
    for (const kind of kinds) {
      if (plain(name) === plain(kind)) assert.is(storeOf(state, name, kind).spec.name, name)
      else assert.throws(() => storeOf(state, name, kind), `store '${name}' is a ${kind} store`)
    }
  }
})

test.run()
