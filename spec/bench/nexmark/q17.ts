// q17: bids and prices of each auction and day.

import { serde, topic, topology, tumbling } from 'millrace'
import { DAY_MS, GRACE, query, sumOf } from './query.ts'
import { counted, NO_COUNTS } from './ranks.ts'
import { type Bid, bids, id, message, PARTITIONS } from './schema.ts'

interface Prices {
  readonly bids: readonly number[]
  readonly least: number
  readonly most: number
  readonly sum: number
  readonly average: number
}

const prices = message<Prices>('Prices')
const output = topic('q17', {
  key: serde.windowed(id, DAY_MS),
  value: prices,
  partitions: PARTITIONS,
})

export const q17 = topology('q17', (t) => {
  t.stream(bids)
    .groupByKey()
    .windowedBy(tumbling({ size: DAY_MS, grace: GRACE }))
    .aggregate(none, withBid, { store: 'prices', value: prices })
    .toStream()
    .to(output)
})

function none(): Prices {
  return { bids: NO_COUNTS, least: 0, most: 0, sum: 0, average: 0 }
}

function withBid({ bids, least, most, sum }: Prices, { price }: Bid): Prices {
  const [before = 0] = bids
  return {
    bids: counted(bids, price),
    least: before === 0 ? price : Math.min(least, price),
    most: Math.max(most, price),
    sum: sum + price,
    average: Math.trunc((sum + price) / (before + 1)),
  }
}

export const q17Query = query({
  ...{ topology: q17, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const days = new Map<number, Map<number, Prices>>()
    events.each({
      bid(bid) {
        const start = bid.dateTime - (bid.dateTime % DAY_MS)
        let auctions = days.get(start)
        if (auctions === undefined) {
          auctions = new Map()
          days.set(start, auctions)
        }
        const next = withBid(auctions.get(bid.auction) ?? none(), bid)
        auctions.set(bid.auction, next)
        emit({ key: bid.auction, start, end: start + DAY_MS }, next, bid.dateTime)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumMost: sumOf(rows, ([, { most }]) => most) }),
})
