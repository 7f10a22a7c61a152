// The joins of a stream with tables in the graph: what is used, what is placed, and what is refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import type { StreamTableJoinOptions } from '#runtime/dsl/join-options'
import type { TableOptions } from '#runtime/dsl/stream'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'

const text = serde.string()
const LEFT = topic('left', { key: text, value: text })
const RIGHT = topic('right', { key: text, value: text })
const pair = (left: string, right: string | null): string => `${left}${right}`

const joined =
  (table: TableOptions<string, string>, options: StreamTableJoinOptions<string, string>) =>
  (): unknown =>
    topology('app', (t) => {
      const rows = t.table(RIGHT, { store: 'rows', ...table })
      t.stream(LEFT).join(rows, pair, options)
    }).plan('shop')

const invalid =
  (sentence: RegExp) =>
  (error: unknown): boolean =>
    isMillraceError(error, 'JOIN_INVALID') && sentence.test(error.message)

test('a grace needs a table with versions that remembers as long', () => {
  assert.throws(joined({}, { grace: 5 }), invalid(/versions/))
  const versioned = { versioned: { historyMs: 1000 } }
  assert.throws(joined(versioned, { grace: 1001 }), invalid(/1001 ms.*1000 ms/))
  assert.not.throws(joined(versioned, { grace: 1000 }))
})

test('a filter of a table with versions has versions too, and remembers as long', () => {
  const build = (grace: number) => (): unknown =>
    topology('app', (t) => {
      const rows = t.table(RIGHT, { store: 'rows', versioned: { historyMs: 100 } })
      t.stream(LEFT).join(
        rows.filter(() => true),
        pair,
        { grace },
      )
    })
  assert.not.throws(build(100))
  assert.throws(build(101), invalid(/101 ms/))
})

test('only the stream is placed anew when its key changed, under the name of the join', () => {
  const build = (t: TopologyBuilder): void => {
    const stream = t.stream(LEFT).selectKey((_key, value) => value)
    stream.join(t.table(RIGHT), pair, { name: 'j', key: text })
  }
  const { topics, subtopologies } = topology('app', build).plan('shop')
  const internal = topics.filter(({ owner }) => owner === 'internal').map(({ name }) => name)
  assert.equal(internal, ['shop.app.j.repartition'])
  assert.is(subtopologies.length, 2)
})

test('a join with a global table places nothing anew, and leaves a changed key changed', () => {
  const build = (t: TopologyBuilder): void => {
    const stream = t.stream(LEFT).selectKey((_key, value) => value)
    const rows = t.globalTable(RIGHT)
    const joined = stream.join(rows, (_key, value) => value, pair)
    joined.groupByKey({ key: text }).count({ store: 'counts' })
  }
  const { topics } = topology('app', build).plan('shop')
  const internal = topics.filter(({ owner }) => owner === 'internal').map(({ name }) => name)
  assert.equal(internal, ['shop.app.counts.repartition'])
})

test.run()
