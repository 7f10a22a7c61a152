// compile: where a graph is cut, what the pieces are called, and that they run as one.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TopologyPlan } from '#actors/topology/plan'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'
import { wordcount } from '../../examples/wordcount/wordcount.ts'
import { Drive } from '../../kit/drive.ts'

const text = serde.string()
const pairs = topic('pairs', { key: text, value: text })

const planned = (build: (t: TopologyBuilder) => void): TopologyPlan =>
  topology('app', build).plan('shop')

test('word count is cut into two sub-topologies at its repartition', () => {
  const { subtopologies } = wordcount.plan('shop')
  assert.equal(
    subtopologies.map(({ name, sources, nodes, stores }) => ({
      name,
      sources: sources.map((source) => source.topic),
      nodes: nodes.map((node) => node.kind),
      stores: stores.map((store) => store.name),
    })),
    [
      {
        name: 'lines',
        sources: ['lines'],
        nodes: ['flatMapValues', 'groupBy', 'repartition'],
        stores: [],
      },
      {
        name: 'counts',
        sources: ['shop.wordcount.counts.repartition'],
        nodes: ['count', 'toStream', 'to'],
        stores: ['counts'],
      },
    ],
  )
})

test('the topics of a plan come in the order of the flow, internal ones under the application', () => {
  const { topics } = wordcount.plan('shop')
  const facts = topics.map(({ name, owner, use, writtenBy }) => [name, owner, use, writtenBy])
  assert.equal(facts.sort(), [
    ['lines', 'user', 'source', undefined],
    ['shop.wordcount.counts.repartition', 'internal', 'repartition', 'lines'],
    ['word-counts', 'user', 'sink', undefined],
  ])
})

test('the pieces of word count, driven one after another, count words', () => {
  const [first, second] = wordcount.plan('shop').subtopologies
  if (first === undefined || second === undefined) throw new Error('there are two')
  const upper = new Drive(first)
  const lower = new Drive(second)
  for (const line of ['To be, or', 'not to be'])
    upper.bytes('lines', { value: encoded(text, line), time: 5 })
  for (const { topic: name, key, value, time } of upper.written) {
    // A count needs no values: what is written is a key and nothing.
    assert.is(value, undefined)
    lower.bytes(name, { key: encoded(text, String(key)), value: new Uint8Array(0), time })
  }
  assert.equal(
    lower.written.map(({ key, value }) => `${key} ${value}`),
    ['to 1', 'be 1', 'or 1', 'not 1', 'to 2', 'be 2'],
  )
  assert.is(lower.store('counts').get('be'), 2)
})

test('grouping by the key the records have needs no repartition', () => {
  const { subtopologies, topics } = planned((t) => {
    t.stream(pairs).groupByKey().count({ store: 'counts' })
  })
  assert.is(subtopologies.length, 1)
  assert.equal(
    topics.map(({ name }) => name),
    ['pairs'],
  )
})

test('what may change the key makes a repartition necessary, also further up', () => {
  const cuts = (build: (t: TopologyBuilder) => void): number => planned(build).subtopologies.length
  assert.is(
    cuts((t) =>
      t
        .stream(pairs)
        .map((k, v) => [v, k])
        .groupByKey()
        .count({ store: 's' }),
    ),
    2,
  )
  assert.is(
    cuts((t) =>
      t
        .stream(pairs)
        .selectKey((_k, v) => v)
        .filter(() => true)
        .groupByKey()
        .count({ store: 's' }),
    ),
    2,
  )
  assert.is(
    cuts((t) =>
      t
        .stream(pairs)
        .mapValues((v) => v.length)
        .groupByKey()
        .count({ store: 's' }),
    ),
    1,
  )
})

test('streams that meet nowhere are sub-topologies of their own', () => {
  const { subtopologies } = planned((t) => {
    t.stream(pairs).groupByKey().count({ store: 'counts' })
    t.stream(topic('others')).filter(() => true)
  })
  assert.equal(
    subtopologies.map(({ name }) => name),
    ['counts', 'others'],
  )
})

test('names of sub-topologies, stores and internal topics stay when unrelated parts are added', () => {
  const base = (t: TopologyBuilder): void => {
    t.stream(pairs)
      .groupBy((_k, v) => v)
      .count({ store: 'counts' })
  }
  const names = (plan: TopologyPlan): string[] => [
    ...plan.subtopologies.map(({ name }) => name),
    ...plan.topics.map(({ name }) => name),
  ]
  const before = names(planned(base))
  const after = names(
    planned((t) => {
      t.stream(topic('others')).filter(() => true)
      t.stream(pairs).filter(() => true)
      base(t)
    }),
  )
  for (const name of before) assert.ok(after.includes(name), `${name} is still there`)
})

test('what becomes of unreadable records follows the topic, and its dead letter queue is planned', () => {
  const plan = (onInvalid: 'fail' | 'skip' | 'dlq' | { dlq: string }): TopologyPlan =>
    planned((t) => t.stream(topic('in', { onInvalid })))
  const policy = (it: TopologyPlan): unknown => it.subtopologies[0]?.sources[0]?.onInvalid
  assert.is(policy(plan('skip')), 'skip')
  assert.equal(policy(plan('dlq')), { dlq: 'shop.dlq' })
  assert.equal(policy(plan({ dlq: 'mine' })), { dlq: 'mine' })
  const letters = plan({ dlq: 'mine' }).topics.find(({ use }) => use === 'dlq')
  assert.equal([letters?.name, letters?.declared.partitions], ['mine', 1])
  assert.is(plan('fail').topics.length, 1)
})

test('parents come before children in every sub-topology', () => {
  for (const { nodes } of wordcount.plan('shop').subtopologies) {
    for (const [index, node] of nodes.entries()) {
      for (const child of node.children) assert.ok(child > index)
    }
  }
})

test.run()
