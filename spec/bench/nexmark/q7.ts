// q7: the highest bids of every ten seconds. The highest of each auction are found where its bids are,
// and of each only the newest of a commit goes on to where all auctions of a window meet. Prices only
// rise, so the order in which they arrive there does not matter.

import { serde, topic, topology, tumbling } from 'millrace'
import { query, sumOf, WINDOW_MS } from './query.ts'
import { type Bid, bids, message, PARTITIONS } from './schema.ts'

interface HighestBid {
  readonly auction: number
  readonly bidder: number
}

/** All bids of the highest price; those of an auction in the order they were made. */
interface Highest {
  readonly price: number
  readonly bids: readonly HighestBid[]
}

const start = serde.int64()
const highestSerde = message<Highest>('Highest')
const output = topic('q7', { key: start, value: highestSerde, partitions: PARTITIONS })

export const q7 = topology('q7', (t) => {
  t.stream(bids)
    .groupByKey()
    .windowedBy(tumbling({ size: WINDOW_MS }))
    .aggregate(none, raised, { store: 'auctions', value: highestSerde, caching: true })
    .toStream()
    .map(({ start }, highest): [number, Highest] => [start, highest])
    .groupByKey({ key: start, value: highestSerde })
    .aggregate(none, highestOf, { store: 'highest', value: highestSerde, ttl: '1h' })
    .toStream()
    .to(output)
})

function none(): Highest {
  return { price: 0, bids: [] }
}

function raised(highest: Highest, { auction, bidder, price }: Bid): Highest {
  if (price < highest.price) return highest
  const bid = { auction, bidder }
  return { price, bids: price > highest.price ? [bid] : [...highest.bids, bid] }
}

/** Of one price, what an auction had before is replaced. */
function highestOf(highest: Highest, { price, bids }: Highest): Highest {
  if (price < highest.price) return highest
  if (price > highest.price) return { price, bids }
  const others = highest.bids.filter(({ auction }) => auction !== bids[0]?.auction)
  return { price, bids: [...others, ...bids].sort((a, b) => a.auction - b.auction) }
}

export const q7Query = query({
  ...{ topology: q7, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const windows = new Map<number, Highest>()
    events.each({
      bid(bid) {
        const start = bid.dateTime - (bid.dateTime % WINDOW_MS)
        const highest = windows.get(start) ?? none()
        windows.set(start, raised(highest, bid))
      },
    })
    for (const [start, { price, bids }] of windows) {
      emit(start, { price, bids: [...bids].sort((a, b) => a.auction - b.auction) }, start)
    }
  },
  tally: (rows) => ({
    windows: rows.length,
    rows: sumOf(rows, ([, { bids }]) => bids.length),
    sumPrice: sumOf(rows, ([, { price, bids }]) => price * bids.length),
  }),
})
