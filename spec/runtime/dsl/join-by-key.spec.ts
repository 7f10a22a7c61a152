// Joins by foreign key over several tasks and hosts: the topics between them, and that what is known in
// the end is the join, also when a host dies on the way.

import { serde, topic, topology } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const text = serde.string()
const orders = topic('orders', { key: text, value: text, partitions: 3 })
const customers = topic('customers', { key: text, value: text, partitions: 4 })
const results = topic('results', { key: text, value: serde.nullable(text), partitions: 3 })

/** An order is `customer:article`; without a customer it is nobody's. */
const customerOf = (order: string): string | null => order.split(':')[0] || null

const joined = topology('joined', (t) => {
  t.table(orders, { store: 'orders' })
    .leftJoinByKey(
      t.table(customers, { store: 'customers' }),
      customerOf,
      (order, customer) => `${order}/${customer}`,
      { name: 'j', store: 'joined' },
    )
    .toStream()
    .to(results)
})

test('subscriptions go to the tasks of the right table, answers to the partition that asked', async () => {
  await using t = await testkit(joined)
  const names = (await t.broker.topics.list()).map(
    ({ name, partitions }) => `${name}/${partitions}`,
  )
  assert.ok(names.includes('test.joined.j.subscription/4'))
  assert.ok(names.includes('test.joined.j.response/3'))
  const all = Array.from({ length: 30 }, (_, n) => n)
  t.topic(customers).send(...all.map((n) => ({ key: `c${n % 7}`, value: `name${n % 7}` })))
  t.topic(orders).send(...all.map((n) => ({ key: `o${n}`, value: `c${n % 9}:x` })))
  await t.settle()
  for (const n of all) {
    const name = n % 9 < 7 ? `name${n % 9}` : 'null'
    assert.is(await t.store('joined').get(`o${n}`), `c${n % 9}:x/${name}`)
  }
})

/** Rows as they must be, and the records that make them so. */
class World {
  readonly orders = new Map<string, string>()
  readonly customers = new Map<string, string>()
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  #next(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return (this.#seed >> 8) % below
  }

  change(t: Testkit, step: number): void {
    const isOrder = this.#next(3) > 0
    const isGone = this.#next(5) === 0
    const key = isOrder ? `o${this.#next(12)}` : `c${this.#next(5)}`
    const customer = this.#next(6)
    const value = isOrder ? `${customer === 5 ? '' : `c${customer}`}:${step}` : `name${step}`
    const rows = isOrder ? this.orders : this.customers
    if (isGone) rows.delete(key)
    else rows.set(key, value)
    t.topic(isOrder ? orders : customers).send({ key, value: isGone ? null : value })
  }

  joined(): Map<string, string> {
    const name = (order: string): string => this.customers.get(customerOf(order) ?? '') ?? 'null'
    return new Map([...this.orders].map(([key, order]) => [key, `${order}/${name(order)}`]))
  }
}

test('whatever is killed on the way, the join is right in the end, and was told once', async () => {
  for (const seed of [1, 2, 3]) {
    await using t = await testkit(joined, { hosts: 2, seed })
    const world = new World(seed)
    for (let step = 0; step < 120; step++) {
      world.change(t, step)
      if (step % 7 === 0) await t.advance(20)
      if (step === 50) t.kill('host-1')
      if (step === 90) await t.start('host-1')
    }
    await t.advance(60_000)
    const expected = world.joined()
    const kept = new Map(await t.store<string, string>('joined').range({ limit: 1000 }))
    assert.equal(sorted(kept), sorted(expected), `seed ${seed}`)
    const told = new Map<string, string>()
    for (const { key, value } of t.topic(results).take()) {
      if (value === null) told.delete(key)
      else told.set(key, value)
    }
    assert.equal(sorted(told), sorted(expected), `seed ${seed}`)
  }
})

const sorted = (rows: ReadonlyMap<string, string>): string[] =>
  [...rows].map(([key, value]) => `${key} ${value}`).sort()

test.run()
