// The example of mapAsync does what it says, against a service that fails and keeps people waiting.

import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Customer, deliveries, deliveriesBy, orders, unknown } from './map-async.ts'

test('map-async: each order goes out once with its customer, or into the topic of the unknown', async () => {
  const calls: Record<string, number> = {}
  const lookUp = async (customer: string): Promise<Customer> => {
    calls[customer] = (calls[customer] ?? 0) + 1
    if (customer === 'nobody') throw new Error('no such customer')
    // It does not answer the first call about each.
    if (calls[customer] === 1) await new Promise(() => {})
    return { name: customer.toUpperCase(), city: 'Oslo' }
  }
  await using t = await testkit(deliveriesBy(lookUp), { partitions: 2 })
  t.topic(orders).send(
    { key: 'ann', value: { item: 'tea' } },
    { key: 'ann', value: { item: 'milk' } },
    { key: 'nobody', value: { item: 'nuts' } },
    { key: 'bob', value: { item: 'figs' } },
  )
  await t.settle()
  assert.equal(t.topic(deliveries).takeValues(), [])
  await t.advance(2500)
  const of = (customer: string): string[] =>
    delivered.filter(({ name }) => name === customer).map(({ item }) => item)
  const delivered = t
    .topic(deliveries)
    .takeValues()
    .map(([, delivery]) => delivery)
  assert.equal(of('ANN'), ['tea', 'milk'])
  assert.equal(of('BOB'), ['figs'])
  await t.advance(1000)
  assert.equal(t.topic(unknown).takeValues(), [['nobody', { item: 'nuts' }]])
  assert.equal(calls, { ann: 3, nobody: 4, bob: 2 })
})

test.run()
