// GroupedStream: folds per key, and what they ask of stores and repartition topics.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: serde.nullable(text), value: serde.nullable(serde.int32()) })
const output = topic('out', { key: text, value: serde.nullable(serde.double()) })

test('count counts the records of each key that have a value', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input).groupByKey({ key: text }).count({ store: 'counts' })
  })
  for (const value of [1, 2, null]) drive.send(input, { key: 'a', value })
  drive.send(input, { value: 1 })
  assert.equal(drive.rows('counts'), [['a', 2]])
  assert.is(drive.dropped, 2)
})

test('reduce folds values of one type', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey({ key: text })
      .reduce((kept, value) => Math.max(kept, value), { store: 'max' })
  })
  for (const value of [3, 7, 5]) drive.send(input, { key: 'a', value })
  assert.equal(drive.rows('max'), [['a', 7]])
})

test('aggregate folds into any type, and a null result deletes the row downstream as well', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey({ key: text })
      .aggregate(
        () => 0.5,
        (sum, value) => (sum + value > 10 ? null : sum + value),
        { store: 'sums', value: serde.double() },
      )
      .toStream()
      .to(output)
  })
  for (const value of [4, 5, 6, 1]) drive.send(input, { key: 'a', value })
  assert.equal(drive.pairs('out'), [
    ['a', 4.5],
    ['a', 9.5],
    ['a', null],
    ['a', 1.5],
  ])
  assert.equal(drive.rows('sums'), [['a', 1.5]])
})

test('a store is what the options say, and keeps event times', () => {
  const [subtopology] = topology('app', (t) => {
    t.stream(input)
      .groupByKey({ key: text })
      .count({ store: 'counts', medium: 'memory', cacheEntriesMax: 5 })
  }).plan('shop').subtopologies
  const [store] = subtopology?.stores ?? []
  assert.equal(
    [
      store?.name,
      store?.kind,
      store?.medium,
      store?.cacheEntriesMax,
      store?.key.name,
      store?.value.name,
    ],
    ['counts', 'timestamped', 'memory', 5, 'string', 'int64'],
  )
})

test('a fold on the keys that are there keeps what the topic declared; JSON only what changed', () => {
  const kept = (changes: boolean): string | undefined =>
    topology('app', (t) => {
      const stream = t.stream(input)
      const values = changes ? stream.mapValues((value) => value) : stream
      values.groupByKey().reduce((before) => before, { store: 's' })
    }).plan('shop').subtopologies[0]?.stores[0]?.value.name
  assert.is(kept(false), 'int32')
  assert.is(kept(true), 'json')
})

test.run()
