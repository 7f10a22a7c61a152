// Tumbling, hopping and unlimited windows, against a model that keeps every record it took.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { countFold, reduceFold } from '#actors/operators/window-folds'
import type { TimeWindows } from '#actors/topology/windows'
import {
  arrivals,
  DriveWindows,
  type Sent,
  tableOf,
  type WindowedChange,
} from '../../kit/drive-windows.ts'

const time = (sizeMs: number, advanceMs = sizeMs, graceMs = 0): TimeWindows => ({
  kind: 'time',
  ...{ sizeMs, advanceMs, graceMs },
})

const short = (changes: readonly WindowedChange[]): unknown[] =>
  changes.map(({ row, after, time }) => [...row, after, time])

const count = { fold: countFold() as never }

test('a record is folded into every window it lies in, by start', () => {
  const drive = new DriveWindows(time(10, 5, 100), count)
  drive.send('a', 1, 12)
  assert.equal(short(drive.changes()), [
    ['a', 5, 15, 1, 12],
    ['a', 10, 20, 1, 12],
  ])
})

test('no window starts before 0', () => {
  const drive = new DriveWindows(time(10, 5), count)
  drive.send('a', 1, 0)
  assert.equal(short(drive.changes()), [['a', 0, 10, 1, 0]])
})

test('a window is closed from its end plus grace on: later records are dropped, window by window', () => {
  const drive = new DriveWindows(time(10, 5, 3), count)
  drive.send('b', 1, 18)
  drive.take()
  drive.send('a', 1, 7)
  assert.equal(short(drive.changes()), [])
  assert.is(drive.late, 2, '[0, 10) and [5, 15) both ended by 15')
  drive.send('a', 1, 12)
  assert.equal(short(drive.changes()), [['a', 10, 20, 1, 12]])
  assert.is(drive.late, 3)
})

test('the time of a result is the newest of its records', () => {
  const drive = new DriveWindows(time(10), count)
  for (const at of [3, 8, 5]) drive.send('a', 1, at)
  assert.equal(
    drive.changes().map(({ time }) => time),
    [3, 8, 8],
  )
})

test('a null key is dropped and counted; a null value is folded as any other', () => {
  const drive = new DriveWindows(time(10), count)
  drive.send(null, 1, 0)
  drive.send('a', null, 1)
  assert.equal(short(drive.changes()), [['a', 0, 10, 1, 1]])
  assert.is(drive.topology.counters.dropped['null-key'], 1)
  assert.is(drive.topology.counters.dropped['null-value'], 0)
})

test('a reduce begins with the first value as it is, and afresh after null', () => {
  const joined = reduceFold<unknown, string | null>((kept, value) => `${kept}${value}`)
  const drive = new DriveWindows(time(10), { fold: joined as never })
  for (const value of [null, 'x', null, 'y']) drive.send('a', value, 1)
  assert.equal(
    drive.changes().map(({ after }) => after),
    [null, 'x', 'xnull', 'xnully'],
  )
})

test('a result that is null deletes the row, and the next record begins a new one at its own time', () => {
  const fold = { ...countFold(), update: (n: number | null) => (n === 1 ? null : (n ?? 0) + 1) }
  const drive = new DriveWindows(time(10), { fold: fold as never })
  for (const at of [8, 9, 2]) drive.send('a', 1, at)
  assert.equal(short(drive.changes()), [
    ['a', 0, 10, 1, 8],
    ['a', 0, 10, null, 9],
    ['a', 0, 10, 1, 2],
  ])
})

test('on close, the record that reaches end plus grace sends the result with its newest time', () => {
  const drive = new DriveWindows(time(10, 10, 5), { ...count, emit: 'on-close' })
  drive.send('a', 1, 3)
  drive.send('b', 1, 14)
  assert.equal(drive.take(), [])
  drive.send('b', 1, 15)
  assert.equal(short(drive.changes()), [['a', 0, 10, 1, 3]])
})

test('on close, a window is sent however far the time jumps', () => {
  const drive = new DriveWindows(time(10), { ...count, emit: 'on-close' })
  drive.send('a', 1, 3)
  drive.send('a', 1, 1_000_000)
  assert.equal(short(drive.changes()), [['a', 0, 10, 1, 3]])
})

test('an unlimited window takes everything from its start on, and passes over what is earlier', () => {
  const drive = new DriveWindows({ kind: 'unlimited', startMs: 5 }, count)
  for (const at of [4, 5, 1_000_000, 6]) drive.send('a', 1, at)
  assert.equal(short(drive.changes()), [
    ['a', 5, Number.POSITIVE_INFINITY, 1, 5],
    ['a', 5, Number.POSITIVE_INFINITY, 2, 1_000_000],
    ['a', 5, Number.POSITIVE_INFINITY, 3, 1_000_000],
  ])
  assert.ok(Object.values(drive.topology.counters.dropped).every((drops) => drops === 0))
})

test('held changes go on at the commit, one for each row that is not as it was', () => {
  const drive = new DriveWindows(time(10), { ...count, isHeld: true })
  for (const at of [1, 2, 11, 3]) drive.send('a', 1, at)
  assert.equal(drive.take(), [])
  drive.topology.flush()
  assert.equal(short(drive.changes()), [
    ['a', 0, 10, 2, 2],
    ['a', 10, 20, 1, 11],
  ])
})

const records = arrivals(['a', 'b', 'c'], 40)

const shapes = fc
  .record({ sizeMs: fc.integer({ min: 1, max: 20 }), advance: fc.nat(19), graceMs: fc.nat(20) })
  .map(({ sizeMs, advance, graceMs }) => time(sizeMs, (advance % sizeMs) + 1, graceMs))

/** What a model takes: each window's values and newest time, and how many were late. */
function model({ sizeMs, advanceMs, graceMs }: TimeWindows, all: readonly Sent[]) {
  const rows = new Map<string, { row: unknown[]; values: number[]; time: number }>()
  let [clock, late] = [-1, 0]
  for (const { key, value, time: at } of all) {
    clock = Math.max(clock, at)
    for (let start = 0; start <= at; start += advanceMs) {
      const end = start + sizeMs
      if (at >= end) continue
      if (end <= clock - graceMs) late++
      else {
        const row = [key, start, end]
        const kept = rows.get(JSON.stringify(row)) ?? { row, values: [], time: at }
        kept.values.push(value)
        kept.time = Math.max(kept.time, at)
        rows.set(JSON.stringify(row), kept)
      }
    }
  }
  return { rows, late, clock }
}

test('each row is the records in its window that came before it closed, whatever their order', () => {
  fc.assert(
    fc.property(shapes, records, (windows, all) => {
      const drive = new DriveWindows(windows)
      for (const { key, value, time: at } of all) drive.send(key, value, at)
      const { rows, late } = model(windows, all)
      const expected = [...rows].map(([name, { values }]) => [name, values])
      assert.equal(tableOf(drive.changes()), new Map(expected as never))
      assert.is(drive.late, late)
    }),
  )
})

test('on close, each window that closed is sent once, complete, in the order of start and key', () => {
  fc.assert(
    fc.property(shapes, records, (windows, all) => {
      const drive = new DriveWindows(windows, { emit: 'on-close' })
      const sent: unknown[] = []
      for (const { key, value, time: at } of all) {
        drive.send(key, value, at)
        const closing = drive.changes()
        const order = closing.map(({ row: [name, start] }) => start * 1000 + name.charCodeAt(0))
        assert.equal(
          order,
          order.slice().sort((a, b) => a - b),
        )
        for (const { row, after, time } of closing) sent.push([JSON.stringify(row), after, time])
      }
      const { rows, clock } = model(windows, all)
      const closed = [...rows].filter(
        ([, { row }]) => (row[2] as number) <= clock - windows.graceMs,
      )
      const expected = closed.map(([name, { values, time: at }]) => [name, values, at])
      assert.equal(sent.map(String).sort(), expected.map(String).sort())
    }),
  )
})

test.run()
