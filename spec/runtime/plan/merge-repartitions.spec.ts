// One repartition topic for all that need the same new key; the results stay what they were.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import type { TopologyBuilder, TopologyOptions } from '#runtime/dsl/topology'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const counts = topic('counts', { key: text, value: serde.int64() })
const texts = topic('texts', { key: text, value: text })
const seen = topic('seen', { key: text, value: text })

const rekeyed = (t: TopologyBuilder) => t.stream(input).selectKey((_key, value) => value[0] ?? '-')
const typed = { key: text, value: text } as const

/** A count, and a reduce behind a filter, below one change of key. */
function twoFolds(t: TopologyBuilder): void {
  const stream = rekeyed(t)
  stream.groupByKey(typed).count({ store: 'counted' }).toStream().to(counts)
  stream
    .filter((_key, value) => value.length > 1)
    .groupByKey(typed)
    .reduce((kept, value) => `${kept},${value}`, { store: 'joined' })
    .toStream()
    .to(texts)
  stream.to(seen)
}

const repartitions = (build: (t: TopologyBuilder) => void, options?: TopologyOptions): string[] =>
  new DrivePlan(build, options).plan.topics
    .filter(({ use }) => use === 'repartition')
    .map(({ name }) => name)

test('folds below one change of key share a topic, named after the first', () => {
  assert.equal(repartitions(twoFolds), ['shop.app.counted.repartition'])
  assert.equal(repartitions(twoFolds, { optimize: false }), [
    'shop.app.counted.repartition',
    'shop.app.joined.repartition',
  ])
})

test('merged or not, results are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 2 })), (values) => {
      const drives = [true, false].map((optimize) => new DrivePlan(twoFolds, { optimize }))
      for (const drive of drives) {
        for (const value of values) drive.send(input, { key: 'k', value })
      }
      const [merged, apart] = drives.map((drive) =>
        ['counts', 'texts', 'seen'].map((name) => drive.pairs(name)),
      )
      assert.equal(merged, apart)
    }),
  )
})

test('what stood in front of a repartition moves behind the one that serves all', () => {
  const { plan } = new DrivePlan(twoFolds)
  assert.equal(
    plan.subtopologies.map(({ stores }) => stores.map(({ name }) => name)),
    [[], ['counted', 'joined']],
  )
})

test('values travel as soon as a fold, or what moved behind the topic, reads them', () => {
  const carried = (build: (t: TopologyBuilder) => void): string | undefined =>
    new DrivePlan(build).plan.subtopologies[1]?.sources[0]?.value.name
  const folds = carried((t) => {
    const stream = rekeyed(t)
    stream.groupByKey(typed).count({ store: 'one' })
    stream.groupByKey(typed).reduce((kept) => kept, { store: 'two' })
  })
  assert.is(folds, 'string')
  const filtered = carried((t) => {
    const stream = rekeyed(t)
    stream.groupByKey(typed).count({ store: 'one' })
    const long = stream.filter((_key, value) => value.length > 1)
    long.groupByKey(typed).count({ store: 'two' })
  })
  assert.is(filtered, 'string')
})

test('an operator that changes values keeps what follows it apart', () => {
  const build = (t: TopologyBuilder): void => {
    const stream = rekeyed(t)
    stream.groupByKey(typed).count({ store: 'one' })
    stream
      .mapValues((value) => value.length)
      .groupByKey({ key: text })
      .count({ store: 'two' })
  }
  assert.is(repartitions(build).length, 2)
})

test('a repartition that the program asks for stays', () => {
  const build = (t: TopologyBuilder): void => {
    const stream = rekeyed(t)
    stream.repartition({ ...typed, name: 'mine' }).to(texts)
    stream.groupByKey(typed).count({ store: 'one' })
  }
  assert.equal(repartitions(build), ['shop.app.mine.repartition', 'shop.app.one.repartition'])
})

test('counts alone share a topic that carries no values', () => {
  const build = (t: TopologyBuilder): void => {
    const stream = rekeyed(t)
    stream.groupByKey(typed).count({ store: 'one' })
    stream.groupByKey(typed).count({ store: 'two' })
  }
  const { plan } = new DrivePlan(build)
  const [, second] = plan.subtopologies
  assert.is(second?.sources[0]?.value.name, 'unit')
})

test('below a merge of streams whose keys changed, one topic serves all', () => {
  const build = (t: TopologyBuilder): void => {
    const other = topic('other', { key: text, value: text })
    const merged = rekeyed(t).merge(t.stream(other).selectKey((_key, value) => value))
    merged.groupByKey(typed).count({ store: 'one' })
    merged.groupByKey(typed).reduce((kept) => kept, { store: 'two' })
  }
  assert.is(repartitions(build).length, 1)
})

test.run()
