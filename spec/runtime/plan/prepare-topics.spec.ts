// Before a topology runs: missing topics are created, counts are known, and what cannot be is refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker, TopicDescription, TopicSpec } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'
import { createMissing, type PreparedPlan, prepareTopics } from '#runtime/plan/prepare-topics'

const text = serde.string()

/** A broker that has topics and nothing else. */
class Topics {
  readonly specs = new Map<string, TopicSpec>()
  readonly created: string[] = []

  constructor(partitions: Readonly<Record<string, number>> = {}) {
    for (const [name, count] of Object.entries(partitions)) {
      this.specs.set(name, { name, partitions: count })
    }
  }

  async ensure(spec: TopicSpec): Promise<'created' | 'present'> {
    if (this.specs.has(spec.name)) return 'present'
    this.specs.set(spec.name, spec)
    return 'created'
  }

  async describe(name: string): Promise<TopicDescription | null> {
    const spec = this.specs.get(name)
    return spec === undefined ? null : { ...spec, bounds: [] }
  }

  async list(): Promise<TopicDescription[]> {
    return [...this.specs.values()].map((spec) => ({ ...spec, bounds: [] }))
  }
}

async function prepare(topics: Topics, build: (t: TopologyBuilder) => void): Promise<PreparedPlan> {
  const broker = { topics } as unknown as Broker // nothing else of it is used
  const plan = topology('app', build).plan('shop')
  const before = topics.specs.size
  const prepared = await prepareTopics(broker, plan, 4)
  assert.is(topics.specs.size, before, 'looking creates nothing')
  await createMissing(broker, prepared, (name, partitions) => {
    topics.created.push(`${name}/${partitions}`)
  })
  return prepared
}

const counting = (t: TopologyBuilder): void => {
  t.stream(topic('lines', { value: text }))
    .groupBy((_key, value) => value, { key: text })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('totals', { key: text, value: serde.int64(), partitions: 2 }))
}

test('missing topics are created: as declared, else by default, repartitions as wide as their writer', async () => {
  const topics = new Topics()
  const { topicPartitions, taskCounts } = await prepare(topics, counting)
  assert.equal(topics.created.sort(), ['lines/4', 'shop.app.counts.repartition/4', 'totals/2'])
  assert.equal(Object.fromEntries(topicPartitions), {
    lines: 4,
    totals: 2,
    'shop.app.counts.repartition': 4,
  })
  assert.equal(Object.fromEntries(taskCounts), { lines: 4, counts: 4 })
  assert.is(topics.specs.get('shop.app.counts.repartition')?.owner, 'internal')
})

test('topics that exist keep their partitions', async () => {
  const topics = new Topics({ lines: 7 })
  const { taskCounts } = await prepare(topics, counting)
  assert.equal(Object.fromEntries(taskCounts), { lines: 7, counts: 7 })
  assert.is(topics.specs.get('shop.app.counts.repartition')?.partitions, 7)
})

test('a missing topic that belongs to somebody else is refused, with what there is', async () => {
  const build = (t: TopologyBuilder): void => {
    t.stream(topic('theirs', { create: false }))
  }
  try {
    await prepare(new Topics({ other: 1 }), build)
    assert.unreachable('it is refused')
  } catch (error) {
    assert.ok(isMillraceError(error, 'TOPIC_UNKNOWN'))
    assert.match((error as Error).message, /other/)
  }
  const { taskCounts } = await prepare(new Topics({ theirs: 3 }), build)
  assert.is(taskCounts.get('theirs'), 3)
})

test('stateful inputs that are not partitioned alike are refused', async () => {
  const sources = topology('app', (t) => {
    t.stream(topic('left')).filter(() => true)
    t.stream(topic('right')).filter(() => true)
  }).plan('shop').subtopologies
  const [counts] = topology('app', (t) =>
    t.stream(topic('x')).groupByKey().count({ store: 's' }),
  ).plan('shop').subtopologies
  const plan = {
    name: 'app',
    subtopologies: [
      {
        name: 'met',
        sources: sources.flatMap((it) => it.sources),
        nodes: [],
        stores: counts?.stores ?? [],
      },
    ],
    topics: ['left', 'right'].map(
      (name) => ({ name, owner: 'user', use: 'source', declared: {} }) as const,
    ),
  }
  const broker = { topics: new Topics({ left: 2, right: 3 }) } as unknown as Broker // as above
  try {
    await prepareTopics(broker, plan, 4)
    assert.unreachable('it is refused')
  } catch (error) {
    assert.ok(isMillraceError(error, 'PARTITIONS_DIFFER'))
    assert.match((error as Error).message, /left \(2\), right \(3\)/)
  }
})

test('a plan that is refused creates nothing', async () => {
  const topics = new Topics({ right: 3 })
  const missing = topic('theirs', { value: text, create: false })
  const refused = await prepare(topics, (t) => {
    t.stream(topic('mine', { key: text, value: text }))
      .groupByKey()
      .count({ store: 'counts' })
    t.stream(missing).to(topic('out', { value: text }))
  }).catch((error: unknown) => isMillraceError(error, 'TOPIC_UNKNOWN'))
  assert.is(refused, true)
  assert.equal(topics.created, [])
})

test.run()
