// The joins of tables in the graph: what is kept, and who must know what was before.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'

const text = serde.string()
const LEFT = topic('left', { key: text, value: text })
const RIGHT = topic('right', { key: text, value: text })
const pair = (left: string | null, right: string | null): string => `${left}${right}`

const stores = (build: (t: TopologyBuilder) => void): string[] =>
  topology('app', build)
    .plan('shop')
    .subtopologies.flatMap((it) => it.stores.map(({ name, kind }) => `${kind} ${name}`))
    .sort()

test('a join keeps its own rows only where it has a store of its own', () => {
  const join = (store?: string) => (t: TopologyBuilder) => {
    t.table(LEFT, { store: 'l' }).join(t.table(RIGHT, { store: 'r' }), pair, { store })
  }
  assert.equal(stores(join()), ['timestamped l', 'timestamped r'])
  assert.equal(stores(join('j')), ['timestamped j', 'timestamped l', 'timestamped r'])
})

test('the sides of a join are kept, since they are looked up', () => {
  const build = (t: TopologyBuilder): void => {
    t.table(LEFT).join(t.table(RIGHT), pair)
  }
  assert.is(stores(build).length, 2)
})

test('what is joined shares a sub-topology, also through tables computed from others', () => {
  const build = (t: TopologyBuilder): void => {
    const lengths = t.table(LEFT).mapValues((value) => value.length)
    const long = t.table(RIGHT).filter((_key, value) => value.length > 3)
    const joined = lengths.outerJoin(long, (length, value) => `${length}${value}`)
    t.stream(topic('third', { key: text, value: text })).join(joined, pair)
  }
  assert.is(topology('app', build).plan('shop').subtopologies.length, 1)
})

test('a joined table can be read as it is asked: a stream meets its rows, kept or not', () => {
  const build = (store?: string) => (t: TopologyBuilder) => {
    const joined = t.table(LEFT).join(t.table(RIGHT), pair, { store })
    t.stream(topic('third', { key: text, value: text })).join(joined, pair)
  }
  assert.is(stores(build()).length, 2)
  assert.is(stores(build('j')).length, 3)
})

test.run()
