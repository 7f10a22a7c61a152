// Orders with the customers they name: two tables. Every customer changes once, when the orders are
// there, and changes all results of its own.

import { serde, topic, topology } from 'millrace'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { type Contest, contest } from '../contest.ts'
import { InputBuilder, replay } from '../keyed-input.ts'

interface Order {
  readonly customer: number
  readonly pieces: number
}

const PARTITIONS = 4
const START_MS = 1_700_000_000_000
const ORDERS_EACH = 10

const id = serde.int32()
const text = serde.string()
const order = serde.json<Order>()

const orders = topic('orders', { key: id, value: order, partitions: PARTITIONS })
const customers = topic('customers', { key: id, value: text, partitions: PARTITIONS })
const output = topic('addressed', {
  key: id,
  value: serde.nullable(text),
  partitions: PARTITIONS,
})

export const addressed = topology('addressed', (t) => {
  t.table(orders, { store: 'orders' })
    .joinByKey(t.table(customers, { store: 'customers' }), ({ customer }) => customer, label, {
      ...{ store: 'addressed', value: text },
    })
    .toStream()
    .to(output)
})

function label({ pieces }: Order, name: string): string {
  return `${pieces} for ${name}`
}

/** @param count how many orders */
export function foreignKeyContest(count: number): Contest {
  const [ordered, known] = makeInputs(count)
  return contest({
    ...{ name: 'join by foreign key', topology: addressed, module: import.meta.url },
    ...{ inputs: [ordered, known], output, counts: 'newest' },
    loop(emit) {
      const names = new Map<number, string>()
      const ordersOf = new Map<number, Map<number, Order>>()
      replay([
        {
          input: ordered,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd, time }) {
            const key = id.read(buffer, keyStart, keyEnd)
            const value = order.read(buffer, valueStart, valueEnd)
            const others = ordersOf.get(value.customer)
            if (others === undefined) ordersOf.set(value.customer, new Map([[key, value]]))
            else others.set(key, value)
            const name = names.get(value.customer)
            if (name !== undefined) emit(key, label(value, name), time)
          },
        },
        {
          input: known,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd, time }) {
            const customer = id.read(buffer, keyStart, keyEnd)
            const name = text.read(buffer, valueStart, valueEnd)
            names.set(customer, name)
            for (const [key, value] of ordersOf.get(customer) ?? []) {
              emit(key, label(value, name), time)
            }
          },
        },
      ])
    },
  })
}

/** Customers, then orders, then all customers again. */
function makeInputs(count: number) {
  const random = seededRandom(45)
  const everybody = Math.ceil(count / ORDERS_EACH)
  const known = new InputBuilder(customers)
  const ordered = new InputBuilder(orders)
  for (let n = 0; n < everybody; n++) known.add(n, `customer ${n}`, START_MS)
  for (let key = 0; key < count; key++) {
    const customer = Math.floor(random.next() * everybody)
    ordered.add(key, { customer, pieces: key % 100 }, START_MS + 1 + key)
  }
  for (let n = 0; n < everybody; n++) known.add(n, `old customer ${n}`, START_MS + 1 + count)
  return [ordered.finish(), known.finish()] as const
}
