// Table: the newest value per key, and its changes as records again.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })
const output = topic('out', { key: text, value: serde.int64() })

test('every change of a row becomes a record, none is swallowed', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input).groupByKey().count({ store: 'counts' }).toStream().to(output)
  })
  for (const key of ['a', 'b', 'a', 'a']) drive.send(input, { key, value: 'x' })
  assert.equal(drive.pairs('out'), [
    ['a', 1],
    ['b', 1],
    ['a', 2],
    ['a', 3],
  ])
})

test('the stream of a table keeps its key, so grouping it again needs no repartition', () => {
  const { plan } = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey()
      .count({ store: 'counts' })
      .toStream()
      .groupByKey()
      .count({ store: 'updates' })
  })
  assert.is(plan.subtopologies.length, 1)
})

test.run()
