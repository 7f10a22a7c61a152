// q9: the winning bid of each auction, in full: the highest, and of these the first, among those made
// while the auction was open.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { within } from './sales.ts'
import { auctions, type BidOnAuction, bids, id, message, PARTITIONS } from './schema.ts'

const serde = message<BidOnAuction>('BidOnAuction')
const output = topic('q9', { key: id, value: serde, partitions: PARTITIONS })

export const q9 = topology('q9', (t) => {
  t.stream(auctions)
    .join(t.stream(bids), (auction, bid): BidOnAuction => ({ bid, auction }), {
      ...{ within, store: 'open' },
    })
    .filter((_auction, { bid, auction }) => bid.dateTime <= auction.expires)
    .groupByKey({ value: serde })
    .reduce(better, { store: 'winning' })
    .toStream()
    .to(output)
})

function better(kept: BidOnAuction, next: BidOnAuction): BidOnAuction {
  if (next.bid.price !== kept.bid.price) return next.bid.price > kept.bid.price ? next : kept
  return next.bid.dateTime < kept.bid.dateTime ? next : kept
}

export const q9Query = query({
  ...{ topology: q9, module: import.meta.url, reads: ['auctions', 'bids'] },
  ...{ output, counts: 'newest' },
  loop(events, emit) {
    const open = new Map<number, { auction: BidOnAuction['auction']; best?: BidOnAuction }>()
    events.each({
      auction(auction) {
        open.set(auction.id, { auction })
      },
      bid(bid) {
        const found = open.get(bid.auction)
        if (found === undefined || bid.dateTime > found.auction.expires) return
        const next = { bid, auction: found.auction }
        const best = found.best === undefined ? next : better(found.best, next)
        if (best !== found.best) emit(bid.auction, best, bid.dateTime)
        found.best = best
      },
    })
  },
  tally: (rows) => ({ rows: rows.length, sumPrice: sumOf(rows, ([, { bid }]) => bid.price) }),
})
