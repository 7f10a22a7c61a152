// The store and the keys of a windowed table.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Windows } from '#actors/topology/windows'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type WindowedMaterialized, windowedState } from '#runtime/dsl/windowed-table'
import { hopping, session, unlimited } from '#runtime/dsl/windows'
import { Graph } from '#runtime/plan/graph'

function state(
  windows: Windows,
  options: WindowedMaterialized<number> = {},
  emit: 'on-update' | 'on-close' = 'on-update',
) {
  const graph = new Graph('app')
  const source = { kind: 'source', topics: [topic('in') as never] } as const
  const parent = graph.add('stream', 'in', [], source)
  const [key, row] = [serde.string() as never, serde.int64() as never]
  const made = windowedState({ graph, verb: 'count', parent, windows, emit, key, row, options })
  return { graph, ...made }
}

test('rows are keyed by window: by start, or for sessions by both bounds', () => {
  const minutes = state(hopping({ size: 60, advance: 10 }))
  assert.is(minutes.facts(0).key?.name, 'windowed(string, 60)')
  assert.is(state(session({ gap: 5 })).facts(0).key?.name, 'sessionWindowed(string)')
  assert.is(state(unlimited()).facts(0).key?.name, 'windowed(string, Infinity)')
})

test('on close, and for sessions, a window is kept 1 ms longer: at its close it is still there', () => {
  const retention = (emit: 'on-update' | 'on-close') =>
    (state(hopping({ size: 60, advance: 10, grace: 5 }), {}, emit).store as { retentionMs: number })
      .retentionMs
  assert.is(retention('on-update'), 65)
  assert.is(retention('on-close'), 66)
  const { store } = state(session({ gap: 5, grace: 2 }))
  assert.is((store as { retentionMs: number }).retentionMs, 8)
})

test('without a name the store has that of the operator, and a warning', () => {
  const unnamed = state(session({ gap: 5 }))
  assert.is(unnamed.store.name, 'in.count')
  assert.is(unnamed.graph.warnings.length, 1)
  const named = state(session({ gap: 5 }), { store: 'counts', medium: 'memory', logged: false })
  assert.equal(
    [named.store.name, named.store.medium, named.store.logged],
    ['counts', 'memory', false],
  )
  assert.is(named.graph.warnings.length, 0)
})

test('of several operators over one state, the first brings the store and the others use it', () => {
  const { operator } = state(session({ gap: 5, grace: 2 }), { store: 'counts' })
  const [first, second] = [true, false].map((isFirst) => operator({}, isFirst, () => null))
  assert.is(first?.stores?.length, 1)
  assert.equal([second?.stores, second?.uses], [undefined, ['counts']])
  assert.is(first?.closesAfterMs, 7)
})

test.run()
