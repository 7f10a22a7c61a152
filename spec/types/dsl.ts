// Type tests: compiled, never run. What must compile compiles; each wrong line carries the error it
// must give, so that a change which makes it compile fails the build.

import { actor, type Stream, serde, topic, topology } from 'millrace'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const lines = topic('lines', { value: serde.string() })
const totals = topic('totals', { key: serde.string(), value: serde.int64() })
const names = topic('names', { key: serde.string(), value: serde.string() })
const orders = topic('orders', {
  key: serde.string(),
  value: serde.json<{ customer: string; amount: number }>(),
})

topology('types', (t) => {
  // Types follow from the topic through every operator, with no annotation.
  const words = t.stream(lines).flatMapValues((line) => line.split(' '))
  holds<Equal<typeof words, Stream<Uint8Array | null, string>>>()

  const amounts = t
    .stream(orders)
    .filter((_customer, order) => order.amount > 0)
    .selectKey((_key, order) => order.customer)
    .mapValues((order) => order.amount)
  holds<Equal<typeof amounts, Stream<string, number>>>()

  const counts = words.groupBy((_key, word) => word, { key: serde.string() }).count()
  holds<Equal<ReturnType<typeof counts.toStream>, Stream<string, number>>>()
  counts.toStream().to(totals)

  // A predicate narrows.
  const known = t
    .stream(topic('maybe', { key: serde.nullable(serde.string()), value: serde.string() }))
    .filter((key, value): value is 'yes' => value === 'yes' && key !== null)
  holds<Equal<typeof known, Stream<string | null, 'yes'>>>()

  // Grouping by a key that may be null groups by the keys that are there.
  const byKey = known.groupByKey({ key: serde.string() }).reduce((kept) => kept)
  holds<Equal<ReturnType<typeof byKey.toStream>, Stream<string, 'yes'>>>()

  // A fold that can delete says so.
  const open = amounts.groupByKey().aggregate(
    () => 0,
    (sum, amount) => (sum + amount > 100 ? null : sum + amount),
    { store: 'open', value: serde.double() },
  )
  holds<Equal<ReturnType<typeof open.toStream>, Stream<string, number | null>>>()

  // @ts-expect-error values of another type than the topic
  counts.toStream().to(names)

  // @ts-expect-error keys of another type than the topic
  words.to(names)

  const lengths = t.stream(lines).mapValues((line) => line.length)
  // @ts-expect-error the new value is used as what it is not
  lengths.filter((_key, length) => length.startsWith('a'))

  // @ts-expect-error a topic's options must fit its types
  topic<string, number>('wrong', { key: serde.int32() })
})

topology('actors', (t) => {
  const till = actor('till', {
    ...{ message: serde.int32(), output: serde.int64(), reply: serde.string() },
    ...{ initial: () => 0, receive: () => {} },
  })
  const amounts = t.stream(orders).mapValues((order) => order.amount)
  const sums = amounts.through(till)
  holds<Equal<typeof sums, Stream<string, number>>>()
  amounts.tell(till)
  holds<Equal<ReturnType<typeof t.emitted<string, number>>, Stream<string, number>>>()
  // @ts-expect-error the stream has values of another type than the actor is told
  t.stream(orders).through(till)
  // @ts-expect-error the stream has keys of another type than the actor
  amounts.selectKey(() => 5).tell(till)
})
