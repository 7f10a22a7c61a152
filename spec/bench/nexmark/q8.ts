// q8: who is new and sells something within the same ten seconds. People and auctions come to one table
// each, per window; auctions travel to where their sellers are.

import { serde, topic, topology, tumbling } from 'millrace'
import { GRACE, query, sumOf, WINDOW_MS } from './query.ts'
import { auctions, id, message, PARTITIONS, persons } from './schema.ts'

interface NewSeller {
  readonly name: string
  readonly start: number
}

const output = topic('q8', {
  key: serde.windowed(id, WINDOW_MS),
  value: message<NewSeller>('NewSeller'),
  partitions: PARTITIONS,
})

export const q8 = topology('q8', (t) => {
  const windows = tumbling({ size: WINDOW_MS, grace: GRACE })
  const sellers = t
    .stream(auctions)
    .groupBy((_id, { seller }) => seller, { key: id })
    .windowedBy(windows)
    .count({ store: 'sellers' })
  t.stream(persons)
    .mapValues(({ name }) => name)
    .groupByKey({ value: serde.string() })
    .windowedBy(windows)
    .reduce((_before, name) => name, { store: 'people' })
    .join(sellers, (name, _auctions, { start }) => ({ name, start }))
    .toStream()
    .filter((_window, seller): seller is NewSeller => seller !== null)
    .to(output)
})

export const q8Query = query({
  ...{ topology: q8, module: import.meta.url, reads: ['persons', 'auctions'] },
  ...{ output, counts: 'newest' },
  loop(events, emit) {
    const windows = new Map<number, { names: Map<number, string>; sellers: Set<number> }>()
    const windowAt = (start: number) => {
      let window = windows.get(start)
      if (window === undefined) {
        window = { names: new Map(), sellers: new Set() }
        windows.set(start, window)
      }
      return window
    }
    const tell = (key: number, start: number, name: string, time: number): void =>
      emit({ key, start, end: start + WINDOW_MS }, { name, start }, time)
    events.each({
      person({ id, name, dateTime }) {
        const start = dateTime - (dateTime % WINDOW_MS)
        const { names, sellers } = windowAt(start)
        names.set(id, name)
        if (sellers.has(id)) tell(id, start, name, dateTime)
      },
      auction({ seller, dateTime }) {
        const start = dateTime - (dateTime % WINDOW_MS)
        const { names, sellers } = windowAt(start)
        sellers.add(seller)
        const name = names.get(seller)
        if (name !== undefined) tell(seller, start, name, dateTime)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumId: sumOf(rows, ([{ key }]) => key) }),
})
