// Writing to topics: to one, to the one that a record asks for, and to which partition.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { testkit } from '#runtime/testkit/testkit'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: text })

test('a record goes to the topic that it asks for', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input).to((_key, value) => `out-${value}`, {
      topics: ['out-a', topic('out-b', { key: text, value: text })],
      key: text,
      value: text,
    })
  })
  for (const value of ['a', 'b', 'a']) drive.send(input, { key: 'k', value })
  assert.is(drive.pairs('out-a').length, 2)
  assert.is(drive.pairs('out-b').length, 1)
  assert.equal(
    drive.plan.topics.map(({ name, use }) => `${use} ${name}`),
    ['source in', 'sink out-a', 'sink out-b'],
  )
  assert.throws(
    () => drive.send(input, { key: 'k', value: 'c' }),
    (error: unknown) => isMillraceError(error, 'TOPIC_UNDECLARED'),
  )
})

test('a partitioner chooses one partition, several, none, or leaves it to the key', async () => {
  const output = topic('out', { key: text, value: text, partitions: 3 })
  const definition = topology('t', (t) => {
    t.stream(input).to(output, {
      partitioner: (_key, value) => {
        if (value === 'all') return [0, 1, 2]
        if (value === 'none') return []
        return value === 'key' ? null : Number(value)
      },
    })
  })
  await using kit = await testkit(definition)
  for (const value of ['2', 'all', 'none']) kit.topic(input).send({ key: 'k', value })
  await kit.settle()
  const places = (): string[] =>
    kit
      .topic(output)
      .take()
      .map((it) => `${it.partition} ${it.value}`)
  assert.equal(places().sort(), ['0 all', '1 all', '2 2', '2 all'])
  kit.topic(input).send({ key: 'k', value: 'key' }, { key: 'k', value: 'key' })
  await kit.settle()
  assert.is(new Set(places()).size, 1)
  const [task] = await kit.tasks()
  assert.is(task?.dropped['unplaced'], 1)
})

test.run()
