// PlanWidths: how many tasks and partitions follow from the topics there are.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'
import { PlanWidths } from '#runtime/plan/plan-widths'

const text = serde.string()
const texts = { key: text, value: text }
const pair = (left: string | null, right: string | null): string => `${left}${right}`

/** Tasks of each sub-topology and partitions of each repartition topic, by their short names. */
function widths(
  partitions: Readonly<Record<string, number>>,
  build: (t: TopologyBuilder) => void,
): { readonly tasks: object; readonly topics: object } {
  const plan = topology('app', build).plan('shop')
  const it = new PlanWidths(plan, new Map(Object.entries(partitions)))
  const internal = plan.topics.filter(({ writtenBy }) => writtenBy !== undefined)
  return {
    tasks: Object.fromEntries(plan.subtopologies.map(({ name }) => [name, it.ofTasks(name)])),
    topics: Object.fromEntries(
      internal.map(({ name }) => [name.replace('shop.app.', ''), it.ofTopic(name)]),
    ),
  }
}

const rekeyed = (t: TopologyBuilder, name: string) =>
  t.stream(topic(name, texts)).selectKey((_key, value) => value)

test('a repartition topic alone is as wide as its writer, or as the program says', () => {
  const counted = (partitions?: number) => (t: TopologyBuilder) => {
    rekeyed(t, 'a')
      .repartition({ name: 'r', key: text, partitions })
      .groupByKey()
      .count({ store: 's' })
  }
  assert.equal(widths({ a: 5 }, counted()), {
    tasks: { a: 5, s: 5 },
    topics: { 'r.repartition': 5 },
  })
  assert.equal(widths({ a: 5 }, counted(2)).tasks, { a: 5, s: 2 })
})

test('a repartition topic that meets others by key is as wide as they are', () => {
  const build = (t: TopologyBuilder): void => {
    const right = t.table(topic('b', texts), { store: 'rows' })
    rekeyed(t, 'a').join(right, pair, { name: 'j', key: text })
  }
  assert.equal(widths({ a: 2, b: 7 }, build), {
    tasks: { a: 2, rows: 7 },
    topics: { 'j.repartition': 7 },
  })
})

test('where only repartition topics meet, they are as wide as the widest writer', () => {
  const build = (t: TopologyBuilder): void => {
    rekeyed(t, 'a').join(rekeyed(t, 'b'), pair, { name: 'j', store: 'j', within: 5, key: text })
  }
  const { topics } = widths({ a: 2, b: 3 }, build)
  assert.equal(topics, { 'j-left.repartition': 3, 'j-right.repartition': 3 })
})

test('a foreign-key join asks as many tasks as the right table has, and is answered where it asked', () => {
  const build = (t: TopologyBuilder): void => {
    const left = t.table(topic('a', texts), { store: 'lefts' })
    const right = t.table(topic('b', texts), { store: 'rights' })
    left.joinByKey(right, (value) => value, pair, { name: 'j' })
  }
  const { tasks, topics } = widths({ a: 2, b: 7 }, build)
  assert.equal(topics, { 'j.subscription': 7, 'j.response': 2 })
  assert.equal(Object.values(tasks), [2, 7])
})

test('topics that meet by key and are not alike are refused, with the way to mend it', () => {
  const build = (t: TopologyBuilder): void => {
    const left = t.stream(topic('left', texts))
    left.join(t.table(topic('right', texts)), pair)
  }
  assert.throws(
    () => widths({ left: 2, right: 3 }, build),
    (error: unknown) =>
      isMillraceError(error, 'PARTITIONS_DIFFER') &&
      /left \(2\)/.test(error.message) &&
      /right \(3\)/.test(error.message) &&
      /'left' .*repartition\(\{ partitions: 3 \}\)/.test(error.message),
  )
})

test('a way round through another sub-topology is as wide as where it began', () => {
  const build = (t: TopologyBuilder): void => {
    const source = t.stream(topic('a', texts))
    const away = source.selectKey((_key, value) => value).repartition({ name: 'away', key: text })
    const back = away.mapValues((value) => `${value}!`).repartition({ name: 'back', key: text })
    source.merge(back).mapValues((value) => value.length)
  }
  const { topics } = widths({ a: 4 }, build)
  assert.equal(topics, { 'away.repartition': 4, 'back.repartition': 4 })
})

test('topics that do not meet need not be alike', () => {
  const build = (t: TopologyBuilder): void => {
    const merged = t.stream(topic('a', texts)).merge(t.stream(topic('b', texts)))
    merged.mapValues((value) => value.length)
  }
  assert.equal(Object.values(widths({ a: 2, b: 3 }, build).tasks), [3])
})

test.run()
