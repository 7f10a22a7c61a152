// q18: the last bid of each bidder for each auction.

import { serde, topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { type Bid, bidSerde, bids, PARTITIONS } from './schema.ts'

const pair = serde.string()
const output = topic('q18', { key: pair, value: bidSerde, partitions: PARTITIONS })

export const q18 = topology('q18', (t) => {
  t.stream(bids)
    .groupBy((_auction, bid) => pairOf(bid), { key: pair })
    .reduce(later, { store: 'last' })
    .toStream()
    .to(output)
})

const pairOf = ({ bidder, auction }: Bid): string => `${bidder} ${auction}`

function later(kept: Bid, bid: Bid): Bid {
  return bid.dateTime >= kept.dateTime ? bid : kept
}

export const q18Query = query({
  ...{ topology: q18, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const last = new Map<string, Bid>()
    events.each({
      bid(bid) {
        const key = pairOf(bid)
        const kept = last.get(key)
        const next = kept === undefined ? bid : later(kept, bid)
        last.set(key, next)
        emit(key, next, bid.dateTime)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumPrice: sumOf(rows, ([, { price }]) => price) }),
})
