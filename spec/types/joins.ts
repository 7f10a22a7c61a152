// Type tests of joins: compiled, never run. Each wrong line carries the error it must give.

import { type Stream, serde, type Table, topic, topology } from 'millrace'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const orders = topic('orders', {
  key: serde.string(),
  value: serde.json<{ customer: string; amount: number }>(),
})
const payments = topic('payments', { key: serde.nullable(serde.string()), value: serde.int32() })
const customers = topic('customers', { key: serde.string(), value: serde.json<{ name: string }>() })
const byNumber = topic('by-number', { key: serde.int32(), value: serde.string() })

topology('joins', (t) => {
  const stream = t.stream(orders)
  const table = t.table(customers)

  // An inner join has both sides and a key; the others say what may be missing.
  const inner = stream.join(t.stream(payments), (order, paid) => order.amount - paid, {
    within: '5m',
  })
  holds<Equal<typeof inner, Stream<string, number>>>()
  const left = t
    .stream(payments)
    .leftJoin(stream, (paid, order, key) => ({ paid, to: order?.customer, key }), { within: 5 })
  holds<
    Equal<
      typeof left,
      Stream<string | null, { paid: number; to: string | undefined; key: string | null }>
    >
  >()
  // @ts-expect-error the right side may be missing
  t.stream(payments).leftJoin(stream, (_paid, order) => order.amount, { within: 5 })
  // @ts-expect-error either side may be missing
  stream.outerJoin(t.stream(payments), (order) => order.amount, { within: 5 })
  // @ts-expect-error records of streams meet in time
  stream.join(t.stream(payments), (order) => order.amount)
  // @ts-expect-error keys of different types never meet
  stream.join(t.stream(byNumber), () => 0, { within: 5 })
  // @ts-expect-error a duration has a unit that is known
  stream.join(t.stream(payments), () => 0, { within: '5 minutes' })

  // A table has rows or none.
  const named = stream.join(table, (order, customer) => `${customer.name}${order.amount}`)
  holds<Equal<typeof named, Stream<string, string>>>()
  // @ts-expect-error the row may be missing
  stream.leftJoin(table, (_order, customer) => customer.name)
  // @ts-expect-error keys of different types never meet
  stream.join(t.table(byNumber), () => 0)

  // A global table is met by any key.
  const global = t.globalTable(byNumber)
  const met = stream.join(
    global,
    (_key, order) => order.amount,
    (order, row) => order.customer + row,
  )
  holds<Equal<typeof met, Stream<string, string>>>()
  // @ts-expect-error its keys are numbers
  stream.join(
    global,
    (_key, order) => order.customer,
    () => 0,
  )

  // Tables join into tables, whose rows can be deleted.
  const rows = t.table(topic('rows', { key: serde.string(), value: serde.int32() }))
  const both = table.join(rows, (customer, row) => customer.name + row)
  holds<Equal<typeof both, Table<string, string, null>>>()
  // @ts-expect-error the right row may be missing
  table.leftJoin(rows, (_customer, row) => row + 1)
  // @ts-expect-error keys of different types never meet
  table.join(t.table(byNumber), () => 0)

  // A foreign key is a key of the right table.
  const owned = rows.joinByKey(
    table,
    (value) => `c${value}`,
    (value, customer) => ({ value, customer }),
  )
  holds<Equal<typeof owned, Table<string, { value: number; customer: { name: string } }, null>>>()
  const pair = (): number => 0
  // @ts-expect-error the keys of the right table are strings
  rows.joinByKey(table, (value) => value, pair)
  const none = (): null => null
  // @ts-expect-error the right row may be missing
  rows.leftJoinByKey(table, none, (_value, customer) => customer.name)
})
