// Sliding windows, against the windows that the records of a key make by definition.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aggregateFold, countFold } from '#actors/operators/window-folds'
import type { SlidingWindows } from '#actors/topology/windows'
import {
  arrivals,
  DriveWindows,
  type Sent,
  tableOf,
  type WindowedChange,
} from '../../kit/drive-windows.ts'

const sliding = (differenceMs: number, graceMs = 0): SlidingWindows => ({
  kind: 'sliding',
  ...{ differenceMs, graceMs },
})

const short = (changes: readonly WindowedChange[]): unknown[] =>
  changes.map(({ row, after, time }) => [...row, after, time])

const FOR_EVER = 1_000_000
const count = { fold: countFold() as never, retentionMs: FOR_EVER }

test('a record makes the window that ends at it, and those just after earlier ones it lies in', () => {
  const drive = new DriveWindows(sliding(10), count)
  drive.send('a', 1, 20)
  drive.send('a', 1, 25)
  assert.equal(short(drive.changes()), [
    ['a', 10, 20, 1, 20],
    ['a', 21, 31, 1, 25],
    ['a', 15, 25, 2, 25],
  ])
})

test('both ends belong to the window: records as far apart as the difference are in one', () => {
  const drive = new DriveWindows(sliding(10), count)
  for (const at of [20, 30, 41]) drive.send('a', 1, at)
  const counts = [...tableOf(drive.changes())]
  assert.ok(counts.some(([row, n]) => row === '["a",20,30]' && n === 2))
  assert.ok(counts.some(([row, n]) => row === '["a",31,41]' && n === 1))
})

test('records earlier than the difference share the window that begins at 0', () => {
  const drive = new DriveWindows(sliding(10), count)
  for (const at of [0, 7, 3]) drive.send('a', 1, at)
  const counts = tableOf(drive.changes())
  assert.is(counts.get('["a",0,10]'), 3)
  assert.is(counts.get('["a",1,11]'), 2)
  assert.is(counts.get('["a",4,14]'), 1)
  assert.is(counts.size, 3)
})

test('null keys and null values are dropped and counted', () => {
  const drive = new DriveWindows(sliding(10), count)
  drive.send(null, 1, 0)
  drive.send('a', null, 0)
  assert.equal(drive.take(), [])
  assert.is(drive.topology.counters.dropped['null-key'], 1)
  assert.is(drive.topology.counters.dropped['null-value'], 1)
})

test('a record whose right window is closed is late as a whole: one drop', () => {
  const drive = new DriveWindows(sliding(10, 5), count)
  drive.send('b', 1, 100)
  drive.take()
  drive.send('a', 1, 84)
  assert.equal(drive.take(), [])
  assert.is(drive.late, 1)
  drive.send('a', 1, 85)
  assert.is(drive.late, 2, 'its left window ended at 85, before 95')
})

test('an aggregate that is changed in place stays in its own window', () => {
  const push = (all: number[], value: number): number[] => {
    all.push(value)
    return all
  }
  const fold = aggregateFold<string, number, number[]>(() => [], push) as never
  const drive = new DriveWindows(sliding(10, 100), { fold, retentionMs: FOR_EVER })
  for (const [value, at] of [
    [1, 20],
    [2, 24],
    [3, 28],
    [4, 22],
  ] as const) {
    drive.send('a', value, at)
  }
  const rows = drive.any('kept') as unknown as {
    all(): Iterable<{ start: number; value: number[] }>
  }
  const held: unknown[] = [...rows.all()].map(({ start, value }) => [start, value.slice().sort()])
  assert.equal(held, [
    [10, [1]],
    [12, [1, 4]],
    [14, [1, 2, 4]],
    [18, [1, 2, 3, 4]],
    [21, [2, 3, 4]],
    [23, [2, 3]],
    [25, [3]],
  ])
})

const records = arrivals(['a', 'b'], 25)

/** By definition: a window ends at each record, and one begins after each that has records in it. */
function model(differenceMs: number, all: readonly Sent[]): unknown[] {
  const rows = new Map<string, number[]>()
  for (const { key, time } of all) {
    for (const start of [Math.max(0, time - differenceMs), time + 1]) {
      const inside = all.filter(
        (it) => it.key === key && it.time >= start && it.time <= start + differenceMs,
      )
      const name = JSON.stringify([key, start, start + differenceMs])
      if (inside.length > 0) rows.set(name, inside.map(({ value }) => value).sort())
    }
  }
  return [...rows].map(String).sort()
}

const bag = (values: unknown): unknown[] => [...(values as unknown[])].sort()

test('rows are the windows that the records make by definition, whatever their order', () => {
  fc.assert(
    fc.property(fc.nat(15), records, (difference, all) => {
      const drive = new DriveWindows(sliding(difference, FOR_EVER), { retentionMs: FOR_EVER * 2 })
      for (const { key, value, time } of all) drive.send(key, value, time)
      const rows = [...tableOf(drive.changes())].map(([name, values]) => [name, bag(values)])
      assert.equal(rows.map(String).sort(), model(difference, all))
      assert.is(drive.late, 0)
    }),
    { numRuns: 300 },
  )
})

test('with grace, changes add up and no closed window is touched', () => {
  fc.assert(
    fc.property(fc.nat(15), fc.nat(15), records, (difference, grace, all) => {
      const drive = new DriveWindows(sliding(difference, grace), { retentionMs: FOR_EVER })
      const changes: WindowedChange[] = []
      let clock = -1
      for (const { key, value, time } of all) {
        drive.send(key, value, time)
        clock = Math.max(clock, time)
        for (const change of drive.changes()) {
          assert.ok(change.row[2] >= clock - grace)
          changes.push(change)
        }
      }
      tableOf(changes)
    }),
  )
})

test('on close, with records in order, each window by definition is sent once, by start and key', () => {
  fc.assert(
    fc.property(fc.nat(15), fc.nat(15), records, (difference, grace, all) => {
      const inOrder = all.slice().sort((a, b) => a.time - b.time)
      const drive = new DriveWindows(sliding(difference, grace), {
        emit: 'on-close',
        retentionMs: FOR_EVER,
      })
      for (const { key, value, time } of inOrder) drive.send(key, value, time)
      drive.send('z', 0, 100_000)
      const sent = drive.changes()
      assert.equal(
        sent.map(({ row, after }) => String([JSON.stringify(row), bag(after)])).sort(),
        model(difference, inOrder),
      )
    }),
  )
})

test.run()
