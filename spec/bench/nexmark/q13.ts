// q13: each bid with a row of a table that everybody has in full.

import { topic, topology } from 'millrace'
import { query } from './query.ts'
import { type Bid, bids, id, message, PARTITIONS, side } from './schema.ts'

interface SidedBid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly value: string
}

const ROWS = 10_000

const output = topic('q13', {
  key: id,
  value: message<SidedBid>('SidedBid'),
  partitions: PARTITIONS,
})

export const q13 = topology('q13', (t) => {
  t.stream(bids)
    .join(t.globalTable(side), (_auction, bid) => bid.auction % ROWS, sided)
    .to(output)
})

function sided({ auction, bidder, price, dateTime }: Bid, value: string): SidedBid {
  return { auction, bidder, price, dateTime, value }
}

export const q13Query = query({
  ...{ topology: q13, module: import.meta.url, reads: ['bids', 'side'], output, counts: 'every' },
  loop(events, emit) {
    const rows = new Map(Array.from({ length: ROWS }, (_, n) => [n, String(n)]))
    events.each({
      bid(bid) {
        const value = rows.get(bid.auction % ROWS)
        if (value !== undefined) emit(bid.auction, sided(bid, value), bid.dateTime)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length }),
})
