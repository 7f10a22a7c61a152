// A plan for people and tools.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'

const text = serde.string()
const lines = topic('lines', { value: text })
const words = topology('words', (t) => {
  t.stream(lines)
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { key: text })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('totals', { key: text, value: serde.int64() }))
})

test('as text, it says what reads what, what follows what, and which stores there are', () => {
  assert.is(
    words.describe(),
    `Topology: words
  Sub-topology: lines
    source: lines (topics: lines)
      --> lines.flatMapValues
    flatMapValues: lines.flatMapValues
      --> lines.flatMapValues.groupBy
      <-- lines
    groupBy: lines.flatMapValues.groupBy
      --> counts.repartition
      <-- lines.flatMapValues
    repartition: counts.repartition (topics: application.words.counts.repartition)
      <-- lines.flatMapValues.groupBy
  Sub-topology: counts
    source: counts.repartition (topics: application.words.counts.repartition)
      --> lines.flatMapValues.groupBy.count
    count: lines.flatMapValues.groupBy.count (stores: counts)
      --> lines.flatMapValues.groupBy.count.toStream
      <-- counts.repartition
    toStream: lines.flatMapValues.groupBy.count.toStream
      --> lines.flatMapValues.groupBy.count.toStream.to
      <-- lines.flatMapValues.groupBy.count
    to: lines.flatMapValues.groupBy.count.toStream.to (topics: totals)
      <-- lines.flatMapValues.groupBy.count.toStream
`,
  )
})

test('as JSON, it is the same as data', () => {
  const { name, subtopologies } = JSON.parse(words.describe('json'))
  assert.is(name, 'words')
  const [first, second] = subtopologies
  assert.equal(first.nodes[0], {
    name: 'lines',
    kind: 'source',
    topics: ['lines'],
    stores: [],
    to: ['lines.flatMapValues'],
  })
  assert.equal(second.stores, [{ name: 'counts', kind: 'timestamped' }])
})

test('as graphs, topics join what writes them with what reads them', () => {
  const dot = words.describe('dot')
  assert.match(dot, /^digraph "words" \{\n/)
  const repartition = '"topic application.words.counts.repartition"'
  assert.ok(dot.includes(`"lines/counts.repartition" -> ${repartition}`))
  assert.ok(dot.includes(`${repartition} -> "counts/counts.repartition"`))
  assert.ok(dot.includes('-> "store counts"'))
  const mermaid = words.describe('mermaid')
  assert.match(mermaid, /^flowchart LR\n/)
  const [, counts] = /(n\d+)\[\("counts"\)\]/.exec(mermaid) ?? []
  assert.match(mermaid, new RegExp(`n\\d+ --> ${counts}\n`))
})

test.run()
