// The table verbs: changes in, changes out; and the same rows when they are looked up.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type TableSetup,
  tableFilter,
  tableMapValues,
  tableSource,
  tableTransformValues,
} from '#actors/operators/table'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const ROWS: StoreSpec = {
  ...{ name: 'rows', kind: 'timestamped' },
  ...{ key: serde.json(), value: serde.json() },
}
const VERSIONS: StoreSpec = {
  ...{ name: 'rows', kind: 'versioned', historyRetentionMs: 10 },
  ...{ key: serde.json(), value: serde.json() },
}

const setup = (setup: Partial<TableSetup> = {}) => {
  return (): TableSetup => ({ kept: null, sendsBefore: false, ...setup })
}
const kept = { store: 'rows', isVersioned: false, isHeld: false }
const change = (before: unknown, after: unknown) => ({ before, after })
const versionOf = (before: unknown, after: unknown) => ({ before, after, isLatest: true })

test('a source that keeps nothing forwards what comes and knows no value before', () => {
  const it = new DriveOne(tableSource(setup()))
  it.send('a', 1, 5)
  it.send('a', null, 3)
  assert.equal(it.take(), [
    ['a', { before: undefined, after: 1 }, 5],
    ['a', { before: undefined, after: null }, 3],
  ])
})

test('a source that keeps its rows takes them in the order they come, whatever their times', () => {
  const it = new DriveOne(tableSource(setup({ kept })), [ROWS])
  it.send('a', 1, 5)
  it.send('a', 2, 3)
  it.send('a', 2, 3)
  assert.equal(
    it.take().map(([, value, time]) => [value, time]),
    [
      [{ before: null, after: 1 }, 5],
      [{ before: 1, after: 2 }, 3],
      [{ before: 2, after: 2 }, 3],
    ],
  )
  assert.equal(it.store('rows').getTimestamped('a'), { value: 2, time: 3 })
})

test('a record without a key is no row: dropped and counted', () => {
  for (const it of [
    new DriveOne(tableSource(setup())),
    new DriveOne(tableSource(setup({ kept })), [ROWS]),
  ]) {
    it.send(null, 1)
    assert.equal(it.take(), [])
    assert.is(it.topology.counters.dropped['null-key'], 1)
  }
})

test('with versions, an older update becomes history, and one too old is dropped and counted', () => {
  const versioned = { ...kept, isVersioned: true }
  const it = new DriveOne(tableSource(setup({ kept: versioned })), [VERSIONS])
  it.send('a', 1, 20)
  it.send('a', 2, 15)
  it.send('a', 3, 9)
  assert.equal(it.take(), [
    ['a', { before: null, after: 1, isLatest: true }, 20],
    ['a', { before: 1, after: 2, isLatest: false }, 15],
  ])
  assert.is(it.topology.counters.dropped.expired, 1)
})

const even = (_key: unknown, value: number): boolean => value % 2 === 0

test('a row that is filtered out is a deletion, also one that never was', () => {
  const it = new DriveOne(tableFilter(even, setup()))
  for (const after of [1, 2, 3, null]) it.send('a', change(undefined, after))
  assert.equal(
    it.take().map(([, value]) => (value as { after: unknown }).after),
    [null, 2, null, null],
  )
})

test('where the value before is known, nothing that stays nothing is unheard of', () => {
  for (const stores of [[], [ROWS]]) {
    const isKept = stores.length > 0 ? { kept } : {}
    const it = new DriveOne(tableFilter(even, setup({ sendsBefore: true, ...isKept })), stores)
    const values = [1, 2, 4, 3, 5, null]
    for (const [at, after] of values.entries()) it.send('a', change(values[at - 1] ?? null, after))
    assert.equal(
      it.take().map(([, value]) => {
        const { before, after } = value as { before: unknown; after: unknown }
        return [before, after]
      }),
      [
        [null, 2],
        [2, 4],
        [4, null],
      ],
    )
  }
})

test('of a table with versions every change goes on, also from nothing to nothing', () => {
  for (const stores of [[], [ROWS]]) {
    const isKept = stores.length > 0 ? { kept } : {}
    const it = new DriveOne(tableFilter(even, setup({ sendsBefore: true, ...isKept })), stores)
    it.send('a', versionOf(1, 3))
    const afters = it.take().map(([, sent]) => (sent as { after: unknown }).after)
    assert.equal(afters, [null])
  }
})

test('mapValues is not called for deletions, transformValues is', () => {
  const text = (value: unknown): string => `<${value}>`
  const mapped = new DriveOne(tableMapValues(text, setup()))
  mapped.send('a', versionOf(undefined, null))
  assert.equal(mapped.take(), [['a', { before: undefined, after: null, isLatest: true }, 0]])
  const transformer = { make: () => (_key: unknown, value: unknown) => text(value), stores: [] }
  const transformed = new DriveOne(tableTransformValues(transformer, setup()))
  transformed.send('a', versionOf(undefined, null))
  assert.equal(transformed.take(), [
    ['a', { before: undefined, after: '<null>', isLatest: true }, 0],
  ])
})

test('a table that keeps its rows knows the value before from them, not from its function', () => {
  let calls = 0
  const transformer = { make: () => () => ++calls, stores: [] }
  const it = new DriveOne(tableTransformValues(transformer, setup({ kept, sendsBefore: true })), [
    ROWS,
  ])
  it.send('a', change(null, 'x'))
  it.send('a', change('x', 'y'))
  assert.equal(
    it.take().map(([, value]) => value),
    [
      { before: null, after: 1 },
      { before: 1, after: 2 },
    ],
  )
})

test('what a filter keeps is what holds of the newest value of each key', () => {
  const update = fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.option(fc.nat(9)) })
  fc.assert(
    fc.property(fc.array(update), (updates) => {
      const it = new DriveOne(tableFilter(even, setup({ kept })), [ROWS])
      const newest = new Map<string, number | null>()
      for (const { key, value } of updates) {
        it.send(key, change(newest.get(key) ?? null, value))
        newest.set(key, value)
      }
      const holding = [...newest].filter(([, value]) => value !== null && value % 2 === 0)
      assert.equal([...it.store('rows').all()].sort(), holding.sort())
    }),
  )
})

test.run()
