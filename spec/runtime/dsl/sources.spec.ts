// Which topics are read, and how.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import type { TopologyBuilder } from '#runtime/dsl/topology'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const [a, b] = ['a', 'b'].map((name) => topic(name, { key: text, value: text })) as [Text, Text]
type Text = ReturnType<typeof topic<string, string>>
const output = topic('out', { key: text, value: text })

test('several topics are one stream, in the order in which records come', () => {
  const drive = new DrivePlan((t) => t.stream([a, b]).to(output))
  drive.send(a, { key: 'k', value: '1' })
  drive.send(b, { key: 'k', value: '2' })
  drive.send(a, { key: 'k', value: '3' })
  assert.equal(
    drive.pairs('out').map(([, value]) => value),
    ['1', '2', '3'],
  )
})

test('streams of the same topics share a source', () => {
  const drive = new DrivePlan((t) => {
    t.stream([a, b]).to(output)
    t.stream([a, b])
      .filter(() => false)
      .to(output)
  })
  assert.is(drive.plan.subtopologies.length, 1)
  assert.is(drive.plan.subtopologies[0]?.sources.length, 2)
})

test('a topic read in two ways is refused', () => {
  const twice: readonly ((t: TopologyBuilder) => void)[] = [
    (t) => void [t.stream(a), t.table(a)],
    (t) => void [t.table(a), t.table(a)],
    (t) => void [t.stream(a), t.stream([a, b])],
    (t) => void [t.globalTable(a), t.stream(a)],
    (t) => void [t.table(a), t.globalTable(a)],
  ]
  for (const build of twice) {
    assert.throws(
      () => new DrivePlan(build),
      (error: unknown) => isMillraceError(error, 'TOPIC_READ_TWICE'),
    )
  }
})

test('a stream of no topic is refused', () => {
  assert.throws(
    () => new DrivePlan((t) => t.stream([]).to(output as never)),
    (error: unknown) => isMillraceError(error, 'TOPOLOGY_EMPTY'),
  )
})

test.run()
