// topology: mistakes show where they are made, names are the user's or structural.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'

const lines = topic('lines', { key: serde.string(), value: serde.string() })
const identity = <T>(value: T): T => value

const refused = (code: string, build: (t: TopologyBuilder) => void, name = 'app'): void =>
  assert.throws(
    () => topology(name, build),
    (error: unknown) => isMillraceError(error, code),
  )

const nodeNames = (build: (t: TopologyBuilder) => void): string[] =>
  topology('app', build)
    .plan('a')
    .subtopologies.flatMap(({ nodes }) => nodes.map((node) => node.name))

test('a topology is built once, when it is defined', () => {
  let builds = 0
  const it = topology('app', (t) => {
    builds++
    t.stream(lines)
  })
  it.plan('one')
  it.plan('two')
  assert.is(builds, 1)
})

test('a topology that reads nothing is refused', () => {
  refused('TOPOLOGY_EMPTY', () => {})
})

test('names that could not name logs and directories are refused', () => {
  refused('NAME_INVALID', (t) => t.stream(lines), 'my app')
  refused('NAME_INVALID', (t) => t.stream(lines).mapValues(identity, { name: 'a/b' }))
  refused('NAME_INVALID', (t) => t.stream(lines).groupByKey().count({ store: '' }))
})

test('two operators or two stores of one name are refused', () => {
  refused('NAME_TAKEN', (t) => {
    t.stream(lines).mapValues(identity, { name: 'same' }).mapValues(identity, { name: 'same' })
  })
  refused('NAME_TAKEN', (t) => {
    const grouped = t.stream(lines).groupByKey()
    grouped.count({ store: 'same' })
    grouped.reduce(identity, { store: 'same' })
  })
})

test('a named group that is folded twice has one repartition topic; a name belongs to one group', () => {
  const group = (t: TopologyBuilder, name?: string) =>
    t.stream(lines).groupBy((_key, value) => value, name === undefined ? {} : { name })
  const repartitions = (name?: string) =>
    topology(
      'app',
      (t) => {
        const grouped = group(t, name)
        grouped.count({ store: 'counts' })
        grouped.reduce(identity, { store: 'newest' })
      },
      { optimize: false },
    )
      .plan('a')
      .topics.filter(({ use }) => use === 'repartition')
      .map((it) => it.name)
  assert.equal(repartitions('by-line'), ['a.app.by-line.repartition'])
  assert.equal(repartitions(), ['a.app.counts.repartition', 'a.app.newest.repartition'])
  refused('NAME_TAKEN', (t) => {
    group(t, 'by-line').count({ store: 'counts' })
    t.stream(lines).selectKey(identity).groupByKey({ name: 'by-line' }).count({ store: 'others' })
  })
})

test('an operator without a name is called after its parent and its verb, twins by number', () => {
  const names = nodeNames((t) => {
    const stream = t.stream(lines)
    stream.mapValues(identity).filter(() => true)
    stream.mapValues(identity)
  })
  assert.equal(names, ['lines.mapValues', 'lines.mapValues.filter', 'lines.mapValues-2'])
})

test('names stay when unrelated operators are added before', () => {
  const base = (t: TopologyBuilder): void => {
    t.stream(lines)
      .filter(() => true)
      .groupBy((_key, value) => value)
      .count({ store: 'counts' })
  }
  const before = nodeNames(base)
  const after = nodeNames((t) => {
    t.stream(topic('others', { value: serde.string() })).mapValues(identity)
    t.stream(lines).mapValues(identity)
    base(t)
  })
  for (const name of before) assert.ok(after.includes(name), `${name} is still there`)
})

test('state without a name of its own is warned about; named state is not', () => {
  const warnings = (store?: string): readonly string[] =>
    topology('app', (t) => {
      t.stream(lines)
        .groupByKey()
        .count(store === undefined ? {} : { store })
    }).warnings
  assert.match(warnings()[0] ?? '', /'lines.count' has no name of its own/)
  assert.equal(warnings('counts'), [])
})

test('reading a topic twice answers the same source', () => {
  const [subtopology, ...others] = topology('app', (t) => {
    t.stream(lines).mapValues(identity)
    t.stream(lines).filter(() => true)
  }).plan('a').subtopologies
  assert.is(others.length, 0)
  assert.equal(
    subtopology?.sources.map(({ topic: name, children }) => [name, children.length]),
    [['lines', 2]],
  )
})

test.run()
