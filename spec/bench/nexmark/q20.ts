// q20: each bid on an auction of one category, with all that is known of the auction. Some bids are for
// auctions that are not there yet, and wait for them: so this is a join of two streams. Bids are for
// auctions of the last moments.

import { topic, topology } from 'millrace'
import { CATEGORY, query, sumOf } from './query.ts'
import {
  type Auction,
  auctions,
  type Bid,
  type BidOnAuction,
  bids,
  id,
  message,
  PARTITIONS,
} from './schema.ts'

const output = topic('q20', {
  key: id,
  value: message<BidOnAuction>('BidOnAuction'),
  partitions: PARTITIONS,
})

const within = { before: '1s', after: '1s', grace: '10s' } as const

export const q20 = topology('q20', (t) => {
  t.stream(bids)
    .join(
      t.stream(auctions).filter((_id, { category }) => category === CATEGORY),
      (bid, auction): BidOnAuction => ({ bid, auction }),
      { within, store: 'near' },
    )
    .to(output)
})

export const q20Query = query({
  ...{ topology: q20, module: import.meta.url, reads: ['auctions', 'bids'] },
  ...{ output, counts: 'every' },
  loop(events, emit) {
    const known = new Map<number, Auction | null>()
    const early = new Map<number, Bid[]>()
    events.each({
      auction(auction) {
        const isWanted = auction.category === CATEGORY
        known.set(auction.id, isWanted ? auction : null)
        const waiting = isWanted ? (early.get(auction.id) ?? []) : []
        for (const bid of waiting) emit(auction.id, { bid, auction }, auction.dateTime)
        early.delete(auction.id)
      },
      bid(bid) {
        const auction = known.get(bid.auction)
        if (auction) emit(bid.auction, { bid, auction }, bid.dateTime)
        if (auction !== undefined) return
        const waiting = early.get(bid.auction)
        if (waiting === undefined) early.set(bid.auction, [bid])
        else waiting.push(bid)
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumPrice: sumOf(rows, ([, { bid }]) => bid.price) }),
})
