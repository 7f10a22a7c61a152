// Global tables asked as stores are: every host has all of one, and answers from its own copy.

import { serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { codeOf } from '../../actors/host/host-world.ts'

const text = serde.string()
const rates = topic('rates', { key: text, value: serde.int64(), partitions: 2 })
const payments = topic('payments', { key: text, value: text, partitions: 1 })
const paid = topic('paid', { key: text, value: serde.int64() })
const said = topic('said', { key: text, value: text })

const exchange = topology('exchange', (t) => {
  t.stream(payments)
    .join(
      t.globalTable(rates),
      (_id, currency) => currency,
      (_currency, rate) => rate,
    )
    .to(paid)
})
/** Nothing looks rows up in it. */
const kept = topology('kept', (t) => {
  t.globalTable(rates, { store: 'known' })
  t.stream(payments).to(said)
})

const RATES = { CHF: 3, EUR: 1, JPY: 9, USD: 2 }
const sendRates = (t: { topic: Awaited<ReturnType<typeof testkit>>['topic'] }): void => {
  for (const [key, value] of Object.entries(RATES)) t.topic(rates).send({ key, value, time: 5 })
}

test('every host answers from its own copy: one without a task of it opens one', async () => {
  await using t = await testkit(exchange, { hosts: 2 })
  await t.advance('30s')
  sendRates(t)
  await t.settle()
  // There is one task, so one of the two has no copy yet.
  assert.is((await t.globals()).length, 1)
  for (const host of ['host-1', 'host-2']) {
    const store = t.store<string, number>('rates', host)
    assert.is(await store.get('JPY'), 9)
    assert.is(await store.get('none'), undefined)
    assert.equal(await store.range(), Object.entries(RATES))
    const some = await store.rows({ from: 'D', to: 'K', limit: 1 })
    assert.equal(some, [{ key: 'EUR', value: 1, time: 5 }])
  }
  assert.is((await t.globals()).length, 2)
  t.topic(rates).send({ key: 'EUR', value: 7 }, { key: 'CHF', value: null })
  await t.settle()
  for (const host of ['host-1', 'host-2']) {
    const rows = await t.store<string, number>('rates', host).range({ to: 'EUR' })
    assert.equal(rows, [['EUR', 7]])
  }
})

test('one that nothing is joined with is kept for those who ask', async () => {
  await using t = await testkit(kept)
  sendRates(t)
  await t.settle()
  assert.is(await t.store('known').get('USD'), 2)
})

test('the answer says where the copy is, and who wrote a record reads it', async () => {
  await using t = await testkit(exchange)
  sendRates(t)
  await t.settle()
  const store = t.store<string, number>('rates')
  const { value, lag, ageMs, positions } = await store.read('USD')
  assert.equal([value, lag, ageMs], [2, 0, null])
  assert.is(
    positions.reduce((sum, { offset }) => sum + offset + 1, 0),
    4,
  )
  const [place] = positions
  if (place === undefined) throw new Error('it has a position')
  assert.is(await store.get('USD', { atLeast: positions }), 2)
  const next = { ...place, offset: place.offset + 1 }
  assert.is(await codeOf(store.get('USD', { atLeast: next })), 'STORE_BEHIND')
  const foreign = { ...place, topic: 'payments' }
  assert.is(await codeOf(store.get('USD', { atLeast: foreign })), 'POSITION_FOREIGN')
})

test('an age is proved by the end of its topic, which is asked for when it is not known well enough', async () => {
  let asked = 0
  const counted = (broker: Broker): Broker => {
    const { topics } = broker
    const describe = topics.describe.bind(topics)
    topics.describe = (name) => {
      if (name === rates.name) asked++
      return describe(name)
    }
    return broker
  }
  await using t = await testkit(exchange, { broker: counted })
  sendRates(t)
  await t.settle()
  const store = t.store<string, number>('rates')
  await t.advance('5s')
  const before = asked
  assert.is((await store.read('USD', { maxAge: 0 })).ageMs, 0)
  assert.is(asked, before + 1)
  await t.advance('1s')
  assert.is((await store.read('USD', { maxAge: '2s' })).ageMs, 1000)
  assert.is(asked, before + 1)
  assert.is((await store.read('USD', { maxAge: '500ms' })).ageMs, 0)
  assert.is(asked, before + 2)
})

test('a copy that cannot go on says why to all who ask', async () => {
  await using t = await testkit(kept)
  t.topic(topic('rates', { key: text, value: text })).send({ key: 'EUR', value: 'no number' })
  await t.settle()
  assert.is(await codeOf(t.store('known').get('EUR')), 'RECORD_UNREADABLE')
  assert.is(await codeOf(t.store('known').get('EUR')), 'RECORD_UNREADABLE')
})

test('it has no windows, and is named among the stores there are', async () => {
  await using t = await testkit(kept)
  assert.is(await codeOf(t.store('known').fetch('EUR' as never)), 'STORE_UNFIT')
  assert.throws(() => t.store('none'), /Stores here: known/)
})

test.run()
