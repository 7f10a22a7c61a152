// q1: prices in another currency, at 0.908: whole tenths of cents, so that nothing is rounded.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { type Bid, bids, id, message, PARTITIONS } from './schema.ts'

interface Priced {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly extra: string
}

const MILLS_PER_CENT = 908

const priced = message<Priced>('BidInMills')
const output = topic('q1', { key: id, value: priced, partitions: PARTITIONS })

export const q1 = topology('q1', (t) => {
  t.stream(bids).mapValues(exchanged).to(output)
})

function exchanged({ auction, bidder, price, dateTime, extra }: Bid): Priced {
  return { auction, bidder, price: price * MILLS_PER_CENT, dateTime, extra }
}

export const q1Query = query({
  ...{ topology: q1, module: import.meta.url, reads: ['bids'], output, counts: 'every' },
  loop: (events, emit) =>
    events.each({ bid: (bid) => emit(bid.auction, exchanged(bid), bid.dateTime) }),
  tally: (rows) => ({ rows: rows.length, sumMills: sumOf(rows, ([, { price }]) => price) }),
})
