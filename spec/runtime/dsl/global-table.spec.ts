// A global table is known in full wherever it is used, before the first record is processed.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { testkit } from '#runtime/testkit/testkit'

const text = serde.string()
const names = topic('names', { key: text, value: text, partitions: 3 })
const visits = topic('visits', { key: text, value: text, partitions: 2 })
const greetings = topic('greetings', { key: text, value: text })

const greeting = topology('greeting', (t) => {
  const known = t.globalTable(names, { store: 'known' })
  t.stream(visits)
    .join(
      known,
      (_key, name) => name,
      (name, full) => `${name} is ${full}`,
    )
    .to(greetings)
})

test('every task finds rows of every partition, and rows that changed since', async () => {
  await using kit = await testkit(greeting)
  for (const name of ['ann', 'bob', 'cy']) kit.topic(names).send({ key: name, value: `${name}!` })
  await kit.settle()
  const visit = (name: string) => kit.topic(visits).send({ key: `visit of ${name}`, value: name })
  for (const name of ['ann', 'bob', 'cy', 'dee']) visit(name)
  await kit.settle()
  const said = () =>
    kit
      .topic(greetings)
      .take()
      .map(({ value }) => value)
      .sort()
  assert.equal(said(), ['ann is ann!', 'bob is bob!', 'cy is cy!'])
  kit.topic(names).send({ key: 'ann', value: null }, { key: 'dee', value: 'dee!' })
  await kit.settle()
  for (const name of ['ann', 'dee']) visit(name)
  await kit.settle()
  assert.equal(said(), ['dee is dee!'])
})

test('its records have no say in the time of a task, nor in where the topology is cut', async () => {
  const [part, ...others] = greeting.plan('shop').subtopologies
  assert.equal(others, [])
  assert.equal(
    part?.globals?.map(({ topic, store }) => [topic, store.name]),
    [['names', 'known']],
  )
  await using kit = await testkit(greeting)
  kit.topic(names).send({ key: 'ann', value: 'Ann', time: 1_000_000 })
  kit.topic(visits).send({ key: 'x', value: 'ann', time: 5 })
  await kit.settle()
  const times = (await kit.tasks()).map(({ streamTime }) => streamTime)
  assert.is(Math.max(...times), 5)
})

test('a host that starts again has it before its first record', async () => {
  await using kit = await testkit(greeting)
  kit.topic(names).send({ key: 'ann', value: 'Ann' })
  await kit.settle()
  kit.kill('host-1')
  kit.topic(names).send({ key: 'bob', value: 'Bob' })
  kit.topic(visits).send({ key: 'x', value: 'ann' }, { key: 'x', value: 'bob' })
  await kit.advance(60_000)
  await kit.start('host-1')
  await kit.advance(60_000)
  const said = kit
    .topic(greetings)
    .take()
    .map(({ value }) => value)
  assert.equal(said, ['ann is Ann', 'bob is Bob'])
})

test('every copy says what it holds, and counts what it passed over; its tasks do not', async () => {
  await using kit = await testkit(greeting, { hosts: 2 })
  kit.topic(names).send({ key: 'ann', value: 'Ann' }, { key: null as never, value: 'nobody' })
  await kit.settle()
  const copies = await kit.globals()
  assert.equal(
    copies.map(({ host, worker, topology, store, topic, error }) => {
      return [host, worker, topology, store, topic, error]
    }),
    ['host-1', 'host-2'].map((host) => [host, 0, 'greeting', 'known', 'names', null]),
  )
  for (const { usage, lag, dropped, positions } of copies) {
    assert.equal([usage.rows, lag, dropped['null-key'], positions.length], [1, 0, 1, 3])
  }
  assert.ok((await kit.tasks()).every((task) => task.dropped['null-key'] === 0))
})

test.run()
