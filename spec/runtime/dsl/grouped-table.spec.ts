// GroupedTable: rows grouped by something else, counted and folded as they come, change and go.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import type { GroupedTable } from '#runtime/dsl/grouped-table'
import type { Table } from '#runtime/dsl/table'
import { topic } from '#runtime/dsl/topic'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const players = topic('players', {
  key: text,
  value: serde.json<{ team: string; points: number }>(),
})
const output = topic('out', { key: text, value: serde.nullable(serde.json<unknown>()) })

function drive(
  fold: (
    teams: GroupedTable<string, number>,
  ) => Table<string, number, null> | Table<string, number>,
): DrivePlan {
  return new DrivePlan((t) => {
    const teams = t
      .table(players)
      .groupBy((_key, { team, points }) => [team, points], { key: text, value: serde.double() })
    // Both are tables of numbers.
    const table = fold(teams) as Table<string, number, null>
    table.toStream().to(output)
  })
}

const play = (drive: DrivePlan): unknown => {
  drive.send(players, { key: 'p', value: { team: 'red', points: 3 } })
  drive.send(players, { key: 'q', value: { team: 'red', points: 4 } })
  drive.send(players, { key: 'p', value: { team: 'blue', points: 5 } })
  drive.send(players, { key: 'q' })
  return drive.pairs('out').map(([key, value]) => `${key} ${value}`)
}

test('count counts the rows of each group, down to 0', () => {
  assert.equal(play(drive((teams) => teams.count({ store: 'counts' }))), [
    'red 1',
    'red 2',
    'red 1',
    'blue 1',
    'red 0',
  ])
})

test('reduce takes the first value as it is, and subtracts what leaves', () => {
  const sum = (teams: GroupedTable<string, number>) =>
    teams.reduce(
      (kept, points) => kept + points,
      (kept, points) => kept - points,
      { store: 'sums' },
    )
  assert.equal(play(drive(sum)), ['red 3', 'red 7', 'red 4', 'blue 5', 'red 0'])
})

test('aggregate begins with what initialize answers; null deletes the group', () => {
  const open = (teams: GroupedTable<string, number>) =>
    teams.aggregate<number, number | null>(
      () => 100,
      (sum, points) => sum + points,
      (sum, points) => (sum - points <= 100 ? null : sum - points),
      { store: 'open', value: serde.double() },
    )
  assert.equal(play(drive(open)), ['red 103', 'red 107', 'red 104', 'blue 105', 'red null'])
})

test('groups stand behind a repartition topic, named after the group or the store', () => {
  const topics = drive((teams) => teams.count({ store: 'counts' })).plan.topics
  assert.ok(topics.some(({ name }) => name === 'shop.app.counts.repartition'))
})

test.run()
