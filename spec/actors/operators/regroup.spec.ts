// Rows grouped by something else: each group's fold is that of the rows that are in it now.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foldGroups, regroup } from '#actors/operators/regroup'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

interface Row {
  readonly team: string | null
  readonly points: number | null
}

const SUMS: StoreSpec = {
  ...{ name: 'sums', kind: 'timestamped' },
  ...{ key: serde.json(), value: serde.json() },
}
const kept = { store: 'sums', isVersioned: false, isHeld: false }
const key = serde.json<string>()

const byTeam = (isVersioned = false): DriveOne =>
  new DriveOne(regroup((_key: string, { team, points }: Row) => [team, points], key, isVersioned))

const sums = (): DriveOne =>
  new DriveOne(
    foldGroups<string, number, number>(kept, {
      add: (sum, points) => (sum ?? 0) + points,
      subtract: (sum, points) => sum - points,
    }),
    [SUMS],
  )

const row = (team: string | null, points: number | null): Row => ({ team, points })

test('a row that stays in its group is one change, one that moves is two, the leaving first', () => {
  const it = byTeam()
  it.send('p', { before: row('red', 1), after: row('red', 2) })
  it.send('p', { before: row('red', 2), after: row('blue', 3) })
  assert.equal(
    it.take().map(([group, change]) => [group, change]),
    [
      ['red', { before: 1, after: 2 }],
      ['red', { before: 2, after: null }],
      ['blue', { before: null, after: 3 }],
    ],
  )
})

test('a row without a group or a value belongs to none, but still leaves the one it was in', () => {
  const it = byTeam()
  it.send('p', { before: row('red', 1), after: row(null, 2) })
  it.send('p', { before: row('red', 1), after: row('red', null) })
  it.send('p', { before: null, after: row(null, 2) })
  assert.equal(
    it.take().map(([group, change]) => [group, change]),
    [
      ['red', { before: 1, after: null }],
      ['red', { before: 1, after: null }],
    ],
  )
})

test('group keys are the same when their bytes are', () => {
  const it = new DriveOne(
    regroup((_key: string, { team }: Row) => [{ team }, 1], serde.json(), false),
  )
  it.send('p', { before: row('red', 1), after: row('red', 2) })
  assert.equal(it.take(), [[{ team: 'red' }, { before: 1, after: 1 }, 0]])
})

test('an update that only changes history is dropped and counted', () => {
  const it = byTeam(true)
  it.send('p', { before: row('red', 1), after: row('red', 2), isLatest: false })
  assert.equal(it.take(), [])
  assert.is(it.topology.counters.dropped['out-of-order'], 1)
})

test('what is folded is subtracted first, and the time is the newest folded in', () => {
  const order: string[] = []
  const it = new DriveOne(
    foldGroups<string, number, number>(kept, {
      add: (sum, points) => {
        order.push(`+${points}`)
        return (sum ?? 0) + points
      },
      subtract: (sum, points) => {
        order.push(`-${points}`)
        return sum - points
      },
    }),
    [SUMS],
  )
  it.send('red', { before: null, after: 5 }, 10)
  it.send('red', { before: 5, after: 7 }, 4)
  assert.equal(order, ['+5', '-5', '+7'])
  assert.equal(it.take(), [
    ['red', { before: null, after: 5 }, 10],
    ['red', { before: 5, after: 7 }, 10],
  ])
})

test('a group that is subtracted away is deleted, and the next value begins it afresh', () => {
  const it = new DriveOne(
    foldGroups<string, number, number>(kept, {
      add: (kept, points) => (kept === undefined ? points : kept + points),
      subtract: () => null,
    }),
    [SUMS],
  )
  it.send('red', { before: null, after: 5 })
  it.send('red', { before: 5, after: 7 })
  it.send('red', { before: 7, after: null })
  assert.equal(
    it.take().map(([, change]) => (change as { after: unknown }).after),
    [5, 7, null],
  )
  assert.is(it.store('sums').get('red'), undefined)
})

test('whatever rows do, every group is the sum of the rows that are in it', () => {
  const update = fc.record({
    key: fc.constantFrom('p', 'q', 'r'),
    row: fc.option(
      fc.record({
        team: fc.option(fc.constantFrom('red', 'blue')),
        points: fc.option(fc.nat(9)),
      }),
    ),
  })
  fc.assert(
    fc.property(fc.array(update), (updates) => {
      const [grouping, folding] = [byTeam(), sums()]
      const rows = new Map<string, Row | null>()
      for (const { key, row } of updates) {
        grouping.send(key, { before: rows.get(key) ?? null, after: row })
        rows.set(key, row)
        for (const [group, change, time] of grouping.take()) folding.send(group, change, time)
      }
      const wanted = new Map<string, number>()
      for (const row of rows.values()) {
        if (row === null || row.team === null || row.points === null) continue
        wanted.set(row.team, (wanted.get(row.team) ?? 0) + row.points)
      }
      for (const [team, sum] of folding.store('sums').all()) {
        assert.is(sum, wanted.get(String(team)) ?? 0)
        wanted.delete(String(team))
      }
      assert.equal([...wanted], [])
    }),
  )
})

test.run()
