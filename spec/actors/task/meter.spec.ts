// What a task did, in numbers: they only ever grow, whatever becomes of its works.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  COMMIT_BOUNDS_MS,
  type Committed,
  LATENCY_BOUNDS_MS,
  NOTHING_METERED,
  TaskMeter,
} from '#actors/task/meter'
import { BUDGET_MS, CountWorld } from './count-world.ts'

const TO: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['b', 1],
])

const commit = (facts: Partial<Committed>): Committed => ({
  ...{ ms: 1, atMs: 5, records: 2, bytes: 3, changes: 4, recordsTo: TO },
  ...{ intakeTime: Number.POSITIVE_INFINITY, sampled: null, ...facts },
})

/** How many values are up to each bound and above the one before it. */
function classesOf(values: readonly number[], bounds: readonly number[]): number[] {
  const upTo = (bound: number): number => values.filter((ms) => ms <= bound).length
  const all = [...bounds, Number.POSITIVE_INFINITY]
  return all.map((bound, n) => upTo(bound) - upTo(all[n - 1] ?? -1))
}

test('each commit is in the class of how long it took, and the classes are all commits', () => {
  const durations = fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { maxLength: 40 })
  fc.assert(
    fc.property(durations, (each) => {
      const meter = new TaskMeter()
      for (const ms of each) meter.committed(commit({ ms }))
      const { commits, commitMs, commitCounts, ...rest } = meter.read()
      assert.is(commits, each.length)
      assert.ok(Math.abs(commitMs - each.reduce((sum, ms) => sum + ms, 0)) < 1e-6)
      assert.equal(commitCounts, classesOf(each, COMMIT_BOUNDS_MS))
      const n = each.length
      assert.equal([rest.recordsOut, rest.bytesOut, rest.changes], [2 * n, 3 * n, 4 * n])
      assert.is(rest.committedAt, n === 0 ? 0 : 5)
      assert.equal(rest.recordsTo, n === 0 ? {} : { a: n, b: n })
    }),
  )
})

test('the newest ten commits are remembered one by one, oldest first', () => {
  const meter = new TaskMeter()
  for (let n = 0; n < 14; n++) {
    meter.committed(commit({ ms: n }))
  }
  assert.equal(
    meter.newest.map(({ ms }) => ms),
    [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
  )
})

test('bounds go up', () => {
  for (const bounds of [COMMIT_BOUNDS_MS, LATENCY_BOUNDS_MS]) {
    assert.equal(
      [...bounds].sort((a, b) => a - b),
      bounds,
    )
  }
})

test('a commit is late by how long before its oldest record came in, never by less than nothing', () => {
  const atMs = 1_000_000_000
  const since = fc.array(fc.integer({ min: -50, max: 4_000_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(since, (each) => {
      const meter = new TaskMeter()
      for (const ms of each) meter.committed(commit({ atMs, intakeTime: atMs - ms }))
      meter.committed(commit({}))
      const late = each.map((ms) => Math.max(0, ms))
      const { latency, commits } = meter.read()
      assert.is(commits, each.length + 1)
      assert.equal(latency?.counts, classesOf(late, LATENCY_BOUNDS_MS))
      assert.is(
        latency?.ms,
        late.reduce((sum, ms) => sum + ms, 0),
      )
      assert.equal(latency?.traced, [])
    }),
  )
})

test('of the commits of a class the newest that was traced is remembered', () => {
  const meter = new TaskMeter()
  const traced = (spanId: string, atMs: number, ms: number): void => {
    const sampled = { traceId: 't', spanId, flags: 1, state: null }
    meter.committed(commit({ atMs, intakeTime: atMs - ms, sampled }))
  }
  traced('a', 10_000, 3)
  traced('b', 20_000, 4)
  traced('c', 30_000, 3000)
  meter.committed(commit({ atMs: 40_000, intakeTime: 39_996 }))
  assert.equal(meter.read().latency?.traced, [
    { index: 2, ms: 4, atMs: 20_000, traceId: 't', spanId: 'b' },
    { index: 11, ms: 3000, atMs: 30_000, traceId: 't', spanId: 'c' },
  ])
})

test('what is not committed is not written: outputs count with their commit', async () => {
  const world = await new CountWorld().begin()
  await world.append('a=x', 'b=x', 'a=x')
  const work = await world.started()
  work.work(BUDGET_MS)
  const before = work.facts()
  assert.equal([before.records, before.meter.recordsOut, before.meter.commits], [3, 0, 0])
  assert.equal(
    before.positions.map(({ position, committed }) => [position, committed]),
    [[3, 0]],
  )
  await work.commit()
  const { meter, positions } = work.facts()
  assert.equal([meter.recordsOut, meter.changes, meter.commits], [3, 2, 1])
  assert.equal(Object.values(meter.recordsTo ?? {}), [3])
  assert.ok(meter.bytesOut > 0 && meter.committedAt > 0 && meter.busyMs > 0)
  assert.equal(
    positions.map(({ position, committed }) => [position, committed]),
    [[3, 3]],
  )
  await world.broker.close()
})

test('the works of a task count on, one after the other', async () => {
  const world = await new CountWorld().begin()
  const meter = new TaskMeter()
  for (const record of ['a=x', 'b=x']) {
    await world.append(record)
    const work = await world.started('h1', { meter })
    work.work(BUDGET_MS)
    await work.commit()
    await work.close(true)
  }
  const { commits, recordsOut } = meter.read()
  assert.equal([meter.counters.records, commits, recordsOut], [2, 2, 2])
  assert.is(NOTHING_METERED.commits, 0)
  await world.broker.close()
})

test.run()
