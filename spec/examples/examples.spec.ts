// The examples, each on the testkit with a few records: they do what their first lines say. Times are
// minutes of event time.

import type { Topic } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { averages, cpuAverage, readings } from './cpu-average/cpu-average.ts'
import { deduplication, once, sent } from './deduplication/deduplication.ts'
import * as enriched from './enrichment/enrichment.ts'
import { alerts, fraud, payments } from './fraud/fraud.ts'
import * as visited from './hourly-visits/hourly-visits.ts'
import { buildings, iotHierarchy, rooms, sensors } from './iot-hierarchy/iot-hierarchy.ts'
import * as settled from './order-payment/order-payment.ts'
import { labels, orders, people, peopleOrders } from './people-orders/people-orders.ts'
import { best, sales, topProducts } from './top-products/top-products.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const at = (minutes: number): number => minutes * MINUTE_MS

test('fraud: a session of three payments over 1,000 is an alert, and grows with the next one', async () => {
  await using t = await testkit(fraud)
  const pay = (key: string, minute: number, amount: number): void =>
    t.topic(payments).send({ key, value: { amount }, time: at(minute) })
  pay('slow', 0, 900)
  pay('fast', 1, 400)
  pay('fast', 3, 500)
  pay('slow', 6, 900)
  pay('fast', 5, 200)
  pay('fast', 9, 50)
  pay('twice', 9, 800)
  pay('twice', 9, 800)
  for (const _ of '1234') pay('small', 9, 1)
  await t.settle()
  const session = (end: number) => ({ key: 'fast', start: at(1), end: at(end) })
  assert.equal(t.topic(alerts).takeValues(), [
    [session(5), { payments: 3, total: 1100 }],
    [session(9), { payments: 4, total: 1150 }],
  ])
})

test('top-products: three products a category, and one that is overtaken goes', async () => {
  await using t = await testkit(topProducts, { partitions: 2 })
  const sell = async (key: string, category: string, pieces: number): Promise<void> => {
    t.topic(sales).send({ key, value: { category, pieces } })
    await t.settle()
  }
  await sell('tea', 'drinks', 3)
  await sell('nuts', 'food', 1)
  await sell('milk', 'drinks', 1)
  await sell('cola', 'drinks', 2)
  await sell('juice', 'drinks', 1)
  const now = newest(t, best)
  assert.equal(now.get('drinks'), ['tea', 'cola', 'juice'])
  assert.equal(now.get('food'), ['nuts'])
  await sell('milk', 'drinks', 5)
  assert.equal(newest(t, best).get('drinks'), ['milk', 'tea', 'cola'])
  await sell('tea', 'drinks', 9)
  assert.equal(newest(t, best).get('drinks'), ['tea', 'milk', 'cola'])
})

test('enrichment: an order meets its product and, if there is one, its customer', async () => {
  await using t = await testkit(enriched.enrichment, { partitions: 2 })
  t.topic(enriched.products).send({ key: 'p1', value: { name: 'kettle', price: 20 } })
  t.topic(enriched.customers).send({ key: 'ann', value: { name: 'Ann', city: 'Oslo' } })
  await t.settle()
  t.topic(enriched.orders).send(
    { key: 'o1', value: { customer: 'ann', product: 'p1', pieces: 2 } },
    { key: 'o2', value: { customer: 'bob', product: 'p1', pieces: 1 } },
    { key: 'o3', value: { customer: 'ann', product: 'gone', pieces: 1 } },
  )
  await t.settle()
  assert.equal(Object.fromEntries(t.topic(enriched.shipments).takeValues()), {
    ann: { to: 'Ann, Oslo', what: '2 x kettle', price: 40 },
    bob: { to: 'unknown', what: '1 x kettle', price: 20 },
  })
})

test('hourly-visits: an hour is told once, when it is closed; what comes later is kept aside', async () => {
  await using t = await testkit(visited.hourlyVisits)
  const visit = (minute: number, visitor: string): void =>
    t.topic(visited.visits).send({ key: '/', value: { visitor }, time: at(minute) })
  visit(10, 'ann')
  visit(61, 'bob')
  visit(59, 'cat')
  await t.settle()
  assert.equal(t.topic(visited.hourly).takeValues(), [])
  visit(65, 'dan')
  visit(58, 'eve')
  await t.settle()
  assert.equal(t.topic(visited.hourly).takeValues(), [[{ key: '/', start: 0, end: at(60) }, 2]])
  assert.equal(t.topic(visited.lateVisits).takeValues(), [['/', { visitor: 'eve' }]])
})

test('cpu-average: a reading is in the six minutes that hold it', async () => {
  await using t = await testkit(cpuAverage)
  t.topic(readings).send(
    { key: 'web-1', value: 0.25, time: at(5) },
    { key: 'web-1', value: 0.75, time: at(5) + 30_000 },
  )
  await t.settle()
  const means = new Map<number, number>()
  for (const [{ start }, mean] of t.topic(averages).takeValues()) {
    means.set((start - at(5)) / 1000, mean)
  }
  assert.equal(
    [...means],
    [
      [-50, 0.25],
      [-40, 0.25],
      [-30, 0.25],
      [-20, 0.5],
      [-10, 0.5],
      [0, 0.5],
      [10, 0.75],
      [20, 0.75],
      [30, 0.75],
    ],
  )
})

test('order-payment: paid within the hour, or unpaid, or disputed', async () => {
  await using t = await testkit(settled.orderPayment)
  const send = async (topic: Topic<string, number>, key: string, value: number, minute: number) => {
    t.topic(topic).send({ key, value, time: at(minute) })
    await t.settle()
  }
  await send(settled.orders, 'on time', 10, 0)
  await send(settled.orders, 'an hour late', 20, 1)
  await send(settled.orders, 'too little', 30, 2)
  await send(settled.orders, 'told late', 40, 3)
  await send(settled.payments, 'on time', 10, 59)
  await send(settled.payments, 'too little', 29, 60)
  await send(settled.payments, 'not ordered', 5, 64)
  await send(settled.payments, 'told late', 40, 62)
  assert.equal(t.topic(settled.unpaid).take(), [], 'its hour and its grace are not over')
  await send(settled.payments, 'an hour late', 20, 70)
  await send(settled.orders, 'the next day', 1, 1500)
  const of = <V>(topic: Topic<string, V>) => Object.fromEntries(t.topic(topic).takeValues())
  assert.equal(of(settled.paid), {
    'on time': { ordered: 10, paid: 10 },
    'told late': { ordered: 40, paid: 40 },
  })
  assert.equal(of(settled.unpaid), { 'an hour late': { ordered: 20, paid: null } })
  assert.equal(of(settled.disputed), {
    'too little': { ordered: 30, paid: 29 },
    'not ordered': { ordered: null, paid: 5 },
    'an hour late': { ordered: null, paid: 20 },
  })
})

test('deduplication: a message goes on once a day, also when its host was killed between', async () => {
  await using t = await testkit(deduplication)
  const send = async (id: string, time: number): Promise<void> => {
    t.topic(sent).send({ key: 'd1', value: { id, value: 1 }, time })
    await t.settle()
  }
  await send('a', 0)
  await send('a', 1)
  await send('b', 2)
  t.kill('host-1')
  await t.start('host-1')
  await t.advance(30_000)
  await send('b', 3)
  await send('c', 4)
  assert.equal(ids(t), ['a', 'b', 'c'])
  await send('a', DAY_MS + 1)
  await send('a', DAY_MS + 2)
  await send('d', 0)
  assert.equal(ids(t), ['a'], 'a day later it is another, and what comes a day late is passed over')
})

test('iot-hierarchy: what a sensor read before is taken out of its room and its building', async () => {
  await using t = await testkit(iotHierarchy, { partitions: 2 })
  const read = async (key: string, building: string, room: string, watts: number) => {
    t.topic(sensors).send({ key, value: { building, room, watts } })
    await t.settle()
  }
  await read('s1', 'east', 'lab', 100)
  await read('s2', 'east', 'lab', 20)
  await read('s3', 'east', 'hall', 5)
  assert.equal([...newest(t, buildings)], [['east', 125]])
  await read('s1', 'east', 'lab', 50)
  await read('s2', 'west', 'den', 30)
  const [perRoom, perBuilding] = [newest(t, rooms), newest(t, buildings)]
  assert.is(perRoom.get('east/lab')?.watts, 50)
  assert.is(perRoom.get('west/den')?.watts, 30)
  assert.equal([...perBuilding].sort(), [
    ['east', 55],
    ['west', 30],
  ])
})

test('people-orders: a person who moves changes their orders; an order that goes takes its row', async () => {
  await using t = await testkit(peopleOrders, { partitions: 2 })
  t.topic(people).send({ key: 'ann', value: { name: 'Ann', city: 'Oslo' } })
  t.topic(orders).send(
    { key: 'o1', value: { person: 'ann', item: 'tea' } },
    { key: 'o2', value: { person: 'ann', item: 'milk' } },
    { key: 'o3', value: { person: 'bob', item: 'nuts' } },
  )
  await t.settle()
  const now = newest(t, labels)
  assert.equal([...now.keys()].sort(), ['o1', 'o2'], 'bob is not known')
  assert.is(now.get('o1'), 'tea for Ann in Oslo')
  t.topic(people).send({ key: 'ann', value: { name: 'Ann', city: 'Rome' } })
  t.topic(people).send({ key: 'bob', value: { name: 'Bob', city: 'Bonn' } })
  t.topic(orders).send({ key: 'o2', value: null })
  await t.settle()
  const later = newest(t, labels)
  assert.is(later.get('o1'), 'tea for Ann in Rome')
  assert.is(later.get('o2'), null)
  assert.is(later.get('o3'), 'nuts for Bob in Bonn')
  assert.equal((await t.store('labels').range()).length, 2)
})

/** The newest value of each key among the records that came since the last look. */
const newest = <K, V>(t: Testkit, topic: Topic<K, V>): Map<K, V> =>
  new Map(t.topic(topic).takeValues())

const ids = (t: Testkit): string[] =>
  t
    .topic(once)
    .takeValues()
    .map(([, { id }]) => id)

test.run()
