// A topic as a test sees it.

import { serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { codeOf } from '../../actors/host/host-world.ts'

const input = topic('in', { key: serde.string(), value: serde.int32() })
const output = topic('out', { key: serde.string(), value: serde.int32() })
const copying = topology('copying', (t) => t.stream(input).to(output))

test('what is sent comes out with its key, value, time and headers', async () => {
  await using t = await testkit(copying)
  t.topic(input).send({ key: 'a', value: 1, time: 77, headers: { from: 'x' } })
  await t.settle()
  const [record, ...others] = t.topic(output).take()
  assert.equal(others, [])
  assert.equal([record?.key, record?.value, record?.time], ['a', 1, 77])
  assert.equal([record?.partition, record?.offset], [0, 0])
  assert.equal(record?.headers, { from: utf8('x') })
})

test('a record has the time of the clock unless it says another', async () => {
  await using t = await testkit(copying)
  await t.advance(5000)
  t.topic(input).send({ key: 'a', value: 1 })
  await t.settle()
  assert.is(t.topic(output).take()[0]?.time, t.clock.now())
})

test('a take gives what came since the last one', async () => {
  await using t = await testkit(copying, { partitions: 3 })
  t.topic(input).send({ key: 'a', value: 1 }, { key: 'b', value: 2 })
  await t.settle()
  assert.equal(t.topic(output).takeValues().sort(), [
    ['a', 1],
    ['b', 2],
  ])
  assert.equal(t.topic(output).take(), [])
  t.topic(input).send({ key: 'a', value: 3 })
  await t.settle()
  assert.equal(t.topic(output).takeValues(), [['a', 3]])
})

test('a value that does not fit is refused at once, a topic that nobody uses with those there are', async () => {
  await using t = await testkit(copying)
  assert.throws(() => t.topic(input).send({ key: 'a', value: 1.5 }), /1.5/)
  assert.is(await codeOf((async () => t.topic(topic('other')))()), 'TOPIC_UNKNOWN')
})

test.run()
