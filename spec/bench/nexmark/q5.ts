// q5: the auctions with most bids in the last ten seconds, every two seconds. Counted by auction where
// its bids are; of each count only the newest of a commit goes on to where all auctions of a window
// meet. Counts only grow, so the order in which they arrive there does not matter.

import { hopping, serde, topic, topology } from 'millrace'
import { query, sumOf, WINDOW_MS } from './query.ts'
import { bids, message, PARTITIONS } from './schema.ts'

interface AuctionCount {
  readonly auction: number
  readonly count: number
}

/** The auctions, in order, that all have the highest count. */
interface Hottest {
  readonly auctions: readonly number[]
  readonly count: number
}

const ADVANCE_MS = 2000

const start = serde.int64()
const output = topic('q5', {
  key: start,
  value: message<Hottest>('Hottest'),
  partitions: PARTITIONS,
})

export const q5 = topology('q5', (t) => {
  t.stream(bids)
    .groupByKey()
    .windowedBy(hopping({ size: WINDOW_MS, advance: ADVANCE_MS }))
    .count({ store: 'counts', caching: true })
    .toStream()
    .map(({ key, start }, count): [number, AuctionCount] => [start, { auction: key, count }])
    .groupByKey({ key: start, value: message<AuctionCount>('AuctionCount') })
    .aggregate(none, hotter, { store: 'hottest', value: output.value, ttl: '1h' })
    .toStream()
    .to(output)
})

function none(): Hottest {
  return { auctions: [], count: 0 }
}

function hotter(hottest: Hottest, { auction, count }: AuctionCount): Hottest {
  if (count < hottest.count) return hottest
  if (count > hottest.count) return { auctions: [auction], count }
  return { auctions: [...hottest.auctions, auction].sort((a, b) => a - b), count }
}

export const q5Query = query({
  ...{ topology: q5, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const windows = new Map<number, Map<number, number>>()
    events.each({
      bid({ auction, dateTime }) {
        const newest = dateTime - (dateTime % ADVANCE_MS)
        for (let start = newest; start > dateTime - WINDOW_MS; start -= ADVANCE_MS) {
          let counts = windows.get(start)
          if (counts === undefined) {
            counts = new Map()
            windows.set(start, counts)
          }
          counts.set(auction, (counts.get(auction) ?? 0) + 1)
        }
      },
    })
    for (const [start, counts] of windows) {
      let hottest = none()
      for (const [auction, count] of counts) hottest = hotter(hottest, { auction, count })
      emit(start, hottest, start)
    }
  },
  tally: (rows) => ({
    windows: rows.length,
    rows: sumOf(rows, ([, { auctions }]) => auctions.length),
    sumCount: sumOf(rows, ([, { auctions, count }]) => auctions.length * count),
  }),
})
