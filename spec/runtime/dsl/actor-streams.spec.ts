// Streams that go through keyed actors: told in order, heard by key, exactly once.

import { actor, serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'

const text = serde.string()
const orders = topic('orders', { key: text, value: text, partitions: 4 })
const bills = topic('bills', { key: text, value: text, partitions: 4 })

/** Emits the sum whenever it was told three more. */
const till = actor('till', {
  ...{ key: text, message: serde.int32(), state: serde.json<number[]>(), output: serde.int64() },
  initial: () => [],
  receive(amount, self) {
    self.state.push(amount)
    if (self.state.length % 3 === 0) self.emit(self.state.reduce((sum, it) => sum + it, 0))
  },
})

const billing = topology('billing', (t) => {
  t.stream(orders)
    .mapValues(Number)
    .through(till)
    .mapValues((sum) => `total ${sum}`)
    .to(bills)
})

test('a stream goes on with what the actors of its keys emit', async () => {
  await using t = await testkit([till, billing], { partitions: 4 })
  for (const value of ['1', '2', '3', '4', '5', '6']) {
    for (const key of ['ann', 'bob', 'cy']) t.topic(orders).send({ key, value })
  }
  await t.settle()
  const heard = new Map<string, string[]>()
  for (const [key, value] of t.topic(bills).takeValues()) {
    heard.set(key, [...(heard.get(key) ?? []), value])
  }
  assert.equal([...heard.keys()].sort(), ['ann', 'bob', 'cy'])
  for (const totals of heard.values()) assert.equal(totals, ['total 6', 'total 21'])
})

test('told once and heard once, whenever a host dies', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    await using t = await testkit([till, billing], { partitions: 2, seed })
    for (let n = 1; n <= 9; n++) t.topic(orders).send({ key: 'ann', value: String(n) })
    for (let step = 0; step < seed * 3; step++) t.clock.runOne()
    t.kill('host-1')
    await t.start('host-1')
    await t.advance(20_000)
    const totals = t.topic(bills).takeValues()
    assert.equal(
      totals.map(([, value]) => value),
      ['total 6', 'total 21', 'total 45'],
      `seed ${seed}`,
    )
  }
})

test('telling ends a stream; what is emitted can be heard elsewhere', async () => {
  const telling = topology('telling', (t) => t.stream(orders).mapValues(Number).tell(till))
  const hearing = topology('hearing', (t) => {
    t.emitted(till)
      .mapValues((sum) => `heard ${sum}`)
      .to(bills)
  })
  await using t = await testkit([telling, till, hearing])
  for (const value of ['1', '1', '1']) t.topic(orders).send({ key: 'ann', value })
  await t.actor(till, 'bob').tell(7)
  await t.settle()
  assert.equal(t.topic(bills).takeValues(), [['ann', 'heard 3']])
})

test('both ways are topics of the application, as wide as the mailbox', () => {
  const plan = billing.plan('shop')
  assert.equal(
    plan.topics.map(({ name, owner, use, declared }) => [name, owner, use, declared.partitions]),
    [
      ['orders', 'user', 'source', 4],
      ['shop.till.mailbox', 'internal', 'sink', 4],
      ['shop.till.output', 'internal', 'source', 4],
      ['bills', 'user', 'sink', 4],
    ],
  )
  assert.equal(
    plan.subtopologies.map(({ sources }) => sources.map(({ topic }) => topic)),
    [['orders'], ['shop.till.output']],
  )
})

test('going through an actor twice hears it once', () => {
  const twice = topology('twice', (t) => {
    const numbers = t.stream(orders).mapValues(Number)
    numbers.through(till).mapValues(String).to(bills)
    numbers.filter((key) => key === 'ann').through(till, { name: 'again' })
  })
  const sources = twice.plan('shop').subtopologies.flatMap((it) => it.sources)
  assert.equal(
    sources.map(({ topic }) => topic),
    ['orders', 'shop.till.output'],
  )
})

test('headers reach the actor', async () => {
  const echo = actor('echo', {
    ...{ message: text, output: text, initial: () => null },
    receive: (_message, self) =>
      self.emit(self.headers.map(([name, value]) => `${name}=${Buffer.from(value)}`).join()),
  })
  const echoing = topology('echoing', (t) => t.stream(orders).through(echo).to(bills))
  await using t = await testkit([echo, echoing])
  t.topic(orders).send({ key: 'a', value: 'x', headers: { from: utf8('web') } })
  await t.settle()
  assert.equal(t.topic(bills).takeValues(), [['a', 'from=web']])
})

test.run()
