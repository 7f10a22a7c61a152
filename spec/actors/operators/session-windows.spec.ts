// Sessions, against a model that joins every record with what is in its reach.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foldSessions } from '#actors/operators/session-windows'
import { sink } from '#actors/operators/sink'
import { countFold } from '#actors/operators/window-folds'
import type { SessionWindows } from '#actors/topology/windows'
import { utf8 } from '#protocols/core/bytes'
import { serde } from '#protocols/serdes/serdes'
import { Drive, IN, node } from '../../kit/drive.ts'
import {
  arrivals,
  DriveWindows,
  type Sent,
  tableOf,
  type WindowedChange,
} from '../../kit/drive-windows.ts'

const sessions = (gapMs: number, graceMs = 0): SessionWindows => ({
  kind: 'session',
  ...{ gapMs, graceMs },
})

const short = (changes: readonly WindowedChange[]): unknown[] =>
  changes.map(({ row, after, time }) => [...row, after, time])

const count = { fold: countFold() as never }
const FOR_EVER = 1_000_000

test('records no more than the gap apart are one session; one more ms makes two', () => {
  const drive = new DriveWindows(sessions(10), count)
  for (const at of [0, 10, 21]) drive.send('a', 1, at)
  assert.equal(short(drive.changes()), [
    ['a', 0, 0, 1, 0],
    ['a', 0, 0, null, 0],
    ['a', 0, 10, 2, 10],
    ['a', 21, 21, 1, 21],
  ])
})

test('a record between two sessions joins them: both are deleted, the older first, then comes one', () => {
  const drive = new DriveWindows(sessions(5, 100))
  for (const [value, at] of [
    [1, 0],
    [2, 8],
    [3, 4],
  ] as const)
    drive.send('a', value, at)
  assert.equal(short(drive.changes()).slice(2), [
    ['a', 0, 0, null, 0],
    ['a', 8, 8, null, 8],
    ['a', 0, 8, [1, 2, 3], 8],
  ])
})

test('a record inside a session deletes its row and puts it anew; at one instant it updates it', () => {
  const drive = new DriveWindows(sessions(5), count)
  for (const at of [1, 1]) drive.send('a', 1, at)
  assert.equal(short(drive.changes()), [
    ['a', 1, 1, 1, 1],
    ['a', 1, 1, 2, 1],
  ])
  drive.send('b', 1, 0)
  drive.send('b', 1, 4)
  drive.take()
  drive.send('b', 1, 2)
  assert.equal(short(drive.changes()), [
    ['b', 0, 4, null, 4],
    ['b', 0, 4, 3, 4],
  ])
})

test('lateness is judged by the joined session: what adjoins a live one is in time', () => {
  const drive = new DriveWindows(sessions(10, 1), { ...count, retentionMs: FOR_EVER })
  drive.send('a', 1, 9)
  drive.send('b', 1, 20)
  drive.take()
  drive.send('a', 1, 0)
  drive.send('c', 1, 8)
  assert.equal(short(drive.changes()), [
    ['a', 9, 9, null, 9],
    ['a', 0, 9, 2, 9],
  ])
  assert.is(drive.late, 1, 'a session [8, 8] was closed when 20 > 8 + 10 + 1')
})

test('a null key is dropped and counted; a null value is folded as any other', () => {
  const drive = new DriveWindows(sessions(10), count)
  drive.send(null, 1, 0)
  drive.send('a', null, 0)
  assert.equal(short(drive.changes()), [['a', 0, 0, 1, 0]])
  assert.is(drive.topology.counters.dropped['null-key'], 1)
})

test('a session that closes with the newest record it could still have met is sent', () => {
  const drive = new DriveWindows(sessions(10), { ...count, emit: 'on-close' })
  drive.send('a', 1, 0)
  drive.send('b', 1, 10)
  assert.equal(drive.take(), [])
  drive.send('b', 1, 11)
  assert.equal(short(drive.changes()), [['a', 0, 0, 1, 0]])
})

test('updates of sessions carry no headers, as they may be about several records', () => {
  const key = serde.sessionWindowed(serde.json())
  const value = serde.nullable(serde.json())
  const setup = { store: 'kept', emit: 'on-update', isHeld: false, key, value, late: () => null }
  const change = serde.json()
  const drive = new Drive({
    name: 'one',
    sources: [IN],
    nodes: [
      node('sessions', foldSessions(sessions(5), { ...setup, ...count } as never) as never, [1]),
      node('sink', sink({ topic: 'out', key, value: change } as never) as never),
    ],
    stores: [{ kind: 'session', name: 'kept', key: serde.json(), value, retentionMs: 10 } as never],
  })
  drive.bytes('in', { key: utf8('"a"'), value: utf8('1'), headers: [['trace', utf8('x')]] })
  assert.equal(
    drive.written.map(({ headers }) => headers),
    [[]],
  )
})

const records = arrivals(['a', 'b'], 40)

/** Sessions as lists of records: one joins all in its reach. */
function model({ gapMs, graceMs }: SessionWindows, all: readonly Sent[]) {
  let open: Sent[][] = []
  let [clock, late] = [-1, 0]
  const times = (of: readonly Sent[]): number[] => of.map(({ time }) => time)
  for (const record of all) {
    clock = Math.max(clock, record.time)
    const isNear = (of: readonly Sent[]): boolean =>
      of[0]?.key === record.key &&
      record.time >= Math.min(...times(of)) - gapMs &&
      record.time <= Math.max(...times(of)) + gapMs
    const joined = [...open.filter(isNear).flat(), record]
    if (Math.max(...times(joined)) < clock - gapMs - graceMs) late++
    else open = [...open.filter((of) => !isNear(of)), joined]
  }
  const rows = open.map((of) => [
    JSON.stringify([of[0]?.key, Math.min(...times(of)), Math.max(...times(of))]),
    of.map(({ value }) => value).sort(),
  ])
  return { rows, late }
}

const bag = (values: unknown): unknown[] => [...(values as unknown[])].sort()
const shapes = fc.record({ gapMs: fc.integer({ min: 1, max: 15 }), graceMs: fc.nat(40) })

test('each row is the records of one run, whatever the order in which they came', () => {
  fc.assert(
    fc.property(shapes, records, ({ gapMs, graceMs }, all) => {
      const windows = sessions(gapMs, graceMs)
      const drive = new DriveWindows(windows, { retentionMs: FOR_EVER })
      for (const { key, value, time } of all) drive.send(key, value, time)
      const { rows, late } = model(windows, all)
      const found = [...tableOf(drive.changes())].map(([name, values]) => [name, bag(values)])
      assert.equal(found.map(String).sort(), rows.map(String).sort())
      assert.is(drive.late, late)
    }),
  )
})

test('with records in order, sessions sent on close are those of all records, each once', () => {
  fc.assert(
    fc.property(shapes, records, ({ gapMs, graceMs }, all) => {
      const windows = sessions(gapMs, graceMs)
      const drive = new DriveWindows(windows, { emit: 'on-close' })
      const inOrder = all.slice().sort((a, b) => a.time - b.time)
      for (const { key, value, time } of inOrder) drive.send(key, value, time)
      drive.send('z', 0, 100_000)
      const sent = drive.changes().map(({ row, after }) => [JSON.stringify(row), bag(after)])
      assert.equal(sent.map(String).sort(), model(windows, inOrder).rows.map(String).sort())
    }),
  )
})

test('on close, sessions come by end, start and key, and those sent once are not sent again', () => {
  fc.assert(
    fc.property(shapes, records, ({ gapMs, graceMs }, all) => {
      const drive = new DriveWindows(sessions(gapMs, graceMs), { emit: 'on-close' })
      const sent: (readonly [end: number, start: number, key: string])[] = []
      for (const { key, value, time } of all) {
        drive.send(key, value, time)
        for (const { row } of drive.changes()) sent.push([row[2], row[1], row[0]])
      }
      const order = [...sent].sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1))
      assert.equal(sent, order)
      assert.is(new Set(sent.map(String)).size, sent.length)
    }),
  )
})

test.run()
