// Type tests of windows, cogroups and suppress: compiled, never run. Each wrong line carries the error
// it must give.

import {
  hopping,
  type Stream,
  serde,
  session,
  sliding,
  topic,
  topology,
  tumbling,
  unlimited,
  type Windowed,
} from 'millrace'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

const clicks = topic('clicks', { key: serde.string(), value: serde.nullable(serde.int32()) })
const orders = topic('orders', { key: serde.string(), value: serde.string() })
const numbered = topic('numbered', { key: serde.int32(), value: serde.string() })
const perMinute = topic('per-minute', {
  key: serde.windowed(serde.string(), 60_000),
  value: serde.int64(),
})

topology('window-types', (t) => {
  const grouped = t.stream(clicks).groupByKey()

  // Rows are keyed by window; sessions can vanish, as they merge.
  const minutes = grouped.windowedBy(tumbling({ size: '1m', grace: '10s' }))
  const counts = minutes.count()
  holds<Equal<ReturnType<typeof counts.toStream>, Stream<Windowed<string>, number>>>()
  counts.toStream().to(perMinute)
  const runs = grouped.windowedBy(session({ gap: '5m' })).count()
  holds<Equal<ReturnType<typeof runs.toStream>, Stream<Windowed<string>, number | null>>>()

  // Null values are folded, but by sliding windows, which drop them.
  minutes.aggregate(
    () => 0,
    (sum, value) => sum + (value ?? 0),
  )
  minutes.aggregate(
    () => 0,
    // @ts-expect-error the value may be null
    (sum, value) => sum + value,
  )
  grouped.windowedBy(sliding({ difference: 10 })).aggregate(
    () => 0,
    (sum, value) => sum + value,
  )

  // Late records are those of the input.
  holds<Equal<ReturnType<typeof minutes.late>, Stream<string, number | null>>>()

  grouped.windowedBy(session({ gap: 5 })).aggregate(
    () => 0,
    (sum) => sum,
    // @ts-expect-error sessions take a function that merges them first
    { store: 'sums' },
  )

  // @ts-expect-error an unlimited window has no close to emit on
  grouped.windowedBy(unlimited(), { emit: 'on-close' })

  // @ts-expect-error no unit
  hopping({ size: '5', advance: 1 })

  // Final results are for tables with windows.
  counts.suppress({ until: 'window-closes' })
  const plain = grouped.count({ store: 'plain' })
  plain.suppress({ until: '10s' }, { maxRecords: 100, whenFull: 'emit-early' })
  // @ts-expect-error a table without windows has none to wait for
  plain.suppress({ until: 'window-closes' })

  // Every stream of a cogroup folds its own values into one row, by one key.
  const both = grouped
    .cogroup((n: number, value) => n + (value ?? 0))
    .cogroup(t.stream(orders).groupByKey(), (n, order) => n + order.length)
  const sums = both.aggregate(() => 0)
  holds<Equal<ReturnType<typeof sums.toStream>, Stream<string, number>>>()
  const windowed = both.windowedBy(session({ gap: 5 })).aggregate(
    () => 0,
    (_key, older, newer) => older + newer,
  )
  holds<Equal<ReturnType<typeof windowed.toStream>, Stream<Windowed<string>, number | null>>>()
  // @ts-expect-error keys of another type
  both.cogroup(t.stream(numbered).groupByKey(), (n: number) => n)
})
