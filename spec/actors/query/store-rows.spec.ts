// Rows of every kind of store as bytes, by key and by range.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rowKeySerde, rowsOf } from '#actors/query/store-rows'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { storeOf } from '#stores/changelog/open-store'
import { TaskState } from '#stores/changelog/task-state'
import { memoryEngine } from '#stores/engine/memory'
import type { StoreSpec } from '#stores/store'

const serdes = { key: serde.string(), value: serde.string() }
// A plan holds specs of every type alike.
const SPECS = [
  { name: 'plain', kind: 'keyvalue', ...serdes },
  { name: 'timed', kind: 'timestamped', ...serdes },
  { name: 'windows', kind: 'window', windowSizeMs: 10, retentionMs: 1000, ...serdes },
  { name: 'sessions', kind: 'session', retentionMs: 1000, ...serdes },
  { name: 'versions', kind: 'versioned', historyRetentionMs: 1000, ...serdes },
] as unknown as readonly StoreSpec[]

function filled(): TaskState {
  const state = new TaskState(SPECS, { disk: memoryEngine(), memory: memoryEngine() })
  storeOf(state, 'plain', 'keyvalue').put('a', '1')
  storeOf(state, 'timed', 'timestamped').put('a', '1', 5)
  storeOf(state, 'timed', 'timestamped').put('b', '2', 6)
  storeOf(state, 'windows', 'window').put('a', '1', 20, 23)
  storeOf(state, 'windows', 'window').put('a', '2', 30, 31)
  storeOf(state, 'sessions', 'session').put({ key: 'a', start: 3, end: 8 }, '1')
  storeOf(state, 'versions', 'versioned').put('a', '1', 5)
  storeOf(state, 'versions', 'versioned').put('a', '2', 9)
  return state
}

const specOf = (name: string): StoreSpec => SPECS.find((it) => it.name === name) as StoreSpec // above

function shown(state: TaskState, store: string, ask: Parameters<typeof rowsOf>[1]['ask']) {
  const spec = specOf(store)
  return rowsOf(state, { store, ask }).map(({ key, value, time }) => {
    return [decoded(rowKeySerde(spec), key), decoded(spec.value, value), time]
  })
}

test('every kind of store is a map, with the times it keeps', () => {
  const state = filled()
  const all = { limit: 10 }
  assert.equal(shown(state, 'plain', all), [['a', '1', undefined]])
  assert.equal(shown(state, 'timed', all), [
    ['a', '1', 5],
    ['b', '2', 6],
  ])
  assert.equal(shown(state, 'windows', all), [
    [{ key: 'a', start: 20, end: 30 }, '1', 23],
    [{ key: 'a', start: 30, end: 40 }, '2', 31],
  ])
  assert.equal(shown(state, 'sessions', all), [[{ key: 'a', start: 3, end: 8 }, '1', 8]])
  assert.equal(shown(state, 'versions', all), [['a', '2', 9]])
})

test('a row is found by its key, and a range by its bounds', () => {
  const state = filled()
  const windows = rowKeySerde(specOf('windows'))
  const at = (start: number) => encoded(windows, { key: 'a', start, end: start + 10 })
  assert.is(shown(state, 'windows', { get: at(30) }).length, 1)
  assert.is(shown(state, 'windows', { get: at(40) }).length, 0)
  assert.is(shown(state, 'windows', { from: at(21), limit: 10 }).length, 1)
  assert.is(shown(state, 'windows', { to: at(29), limit: 10 }).length, 1)
  assert.is(shown(state, 'windows', { limit: 1 }).length, 1)
  const sessions = rowKeySerde(specOf('sessions'))
  const session = encoded(sessions, { key: 'a', start: 3, end: 8 })
  assert.is(shown(state, 'sessions', { get: session }).length, 1)
  assert.equal(shown(state, 'versions', { get: encoded(serdes.key, 'a') }), [['a', '2', 9]])
})

test.run()
