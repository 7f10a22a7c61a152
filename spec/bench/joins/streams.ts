// Orders and the payments for them within ten seconds: two streams. About half of the orders are paid
// in time.

import { serde, topic, topology } from 'millrace'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { type Contest, contest } from '../contest.ts'
import { InputBuilder, replay } from '../keyed-input.ts'

const PARTITIONS = 4
const START_MS = 1_700_000_000_000
const PAID_MS = 10_000
const PAID_MS_MAX = 20_000

/** Kept a little longer than they are joined, for what comes at the very end. */
const within = { before: 0, after: PAID_MS, grace: '1s' } as const

const id = serde.int32()
const text = serde.string()
const cents = serde.int32()

const orders = topic('orders', { key: id, value: text, partitions: PARTITIONS })
const payments = topic('payments', { key: id, value: cents, partitions: PARTITIONS })
const output = topic('paid', { key: id, value: text, partitions: PARTITIONS })

export const paid = topology('paid', (t) => {
  t.stream(orders).join(t.stream(payments), receipt, { within, store: 'unpaid' }).to(output)
})

function receipt(order: string, cents: number): string {
  return `${order}: ${cents}`
}

/** @param count how many orders; as many payments */
export function streamsContest(count: number): Contest {
  const [ordered, payed] = makeInputs(count)
  return contest({
    ...{ name: 'join of two streams', topology: paid, module: import.meta.url },
    ...{ inputs: [ordered, payed], output, counts: 'every' },
    loop(emit) {
      const open = new Map<number, { order: string; time: number }>()
      replay([
        {
          input: ordered,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd, time }) {
            const order = text.read(buffer, valueStart, valueEnd)
            open.set(id.read(buffer, keyStart, keyEnd), { order, time })
          },
        },
        {
          input: payed,
          visit({ buffer, keyStart, keyEnd, valueStart, valueEnd, time }) {
            const key = id.read(buffer, keyStart, keyEnd)
            const found = open.get(key)
            if (found === undefined || time - found.time > PAID_MS) return
            emit(key, receipt(found.order, cents.read(buffer, valueStart, valueEnd)), time)
            open.delete(key)
          },
        },
      ])
    },
  })
}

function makeInputs(count: number) {
  const random = seededRandom(43)
  const ordered = new InputBuilder(orders)
  const due: { readonly key: number; readonly time: number }[] = []
  for (let key = 0; key < count; key++) {
    const time = START_MS + key
    ordered.add(key, `order ${key} of ${Math.floor(random.next() * 1000)} pieces`, time)
    due.push({ key, time: time + 1 + Math.floor(random.next() * PAID_MS_MAX) })
  }
  const payed = new InputBuilder(payments)
  due.sort((a, b) => a.time - b.time)
  for (const { key, time } of due) payed.add(key, key % 10_000, time)
  return [ordered.finish(), payed.finish()] as const
}
