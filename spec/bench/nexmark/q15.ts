// q15: bids, bidders and auctions of each day, of all prices and of three ranks. Who bid for what is
// folded by auction and by bidder first, where there are many keys; what goes on to the one key of a
// day is only how each of them changed, the newest of each commit.

import { serde, topic, topology, tumbling } from 'millrace'
import { DAY_MS, GRACE, query } from './query.ts'
import { counted, countedSeen, NO_COUNTS, rankOf, seenAt, summed } from './ranks.ts'
import { bids, id, message, PARTITIONS } from './schema.ts'

/** Bids of one auction. */
interface Ranks {
  readonly bids: readonly number[]
}

interface Auctions extends Ranks {
  readonly auctions: readonly number[]
}

interface Bidders {
  readonly bidders: readonly number[]
}

interface Statistics extends Auctions, Bidders {}

const start = serde.int64()
const ranks = message<Ranks>('Ranks')
const output = topic('q15', {
  key: start,
  value: message<Statistics>('Statistics'),
  partitions: PARTITIONS,
})

export const q15 = topology('q15', (t) => {
  const day = tumbling({ size: DAY_MS, grace: GRACE })
  const byAuction = t
    .stream(bids)
    .groupByKey()
    .windowedBy(day)
    .aggregate((): Ranks => ({ bids: NO_COUNTS }), ranked, {
      ...{ store: 'by-auction', value: ranks, caching: true },
    })
    .groupBy(({ start }, bids): [number, Ranks] => [start, bids], { key: start, value: ranks })
    .aggregate(noAuctions, withAuction, withoutAuction, {
      ...{ store: 'auctions', value: message<Auctions>('Auctions') },
    })
  const byBidder = t
    .stream(bids)
    .map((_auction, { bidder, price }): [number, number] => [bidder, price])
    .groupByKey({ key: id, value: serde.int32() })
    .windowedBy(day)
    .aggregate(() => 0, seenAt, { store: 'by-bidder', value: serde.int32(), caching: true })
    .groupBy(({ start }, seen) => [start, seen], { key: start, value: serde.int32() })
    .aggregate(noBidders, withBidder, withoutBidder, {
      ...{ store: 'bidders', value: message<Bidders>('Bidders') },
    })
  byAuction.join(byBidder, both).toStream().to(output)
})

function ranked({ bids }: Ranks, { price }: { readonly price: number }): Ranks {
  return { bids: counted(bids, price) }
}

function noAuctions(): Auctions {
  return { bids: NO_COUNTS, auctions: NO_COUNTS }
}

function withAuction(all: Auctions, { bids }: Ranks): Auctions {
  return {
    bids: summed(all.bids, bids),
    auctions: countedSeen(all.auctions, ranksIn(bids)),
  }
}

function withoutAuction(all: Auctions, { bids }: Ranks): Auctions {
  return {
    bids: summed(all.bids, bids, -1),
    auctions: countedSeen(all.auctions, ranksIn(bids), -1),
  }
}

function noBidders(): Bidders {
  return { bidders: NO_COUNTS }
}

function withBidder({ bidders }: Bidders, seen: number): Bidders {
  return { bidders: countedSeen(bidders, seen) }
}

function withoutBidder({ bidders }: Bidders, seen: number): Bidders {
  return { bidders: countedSeen(bidders, seen, -1) }
}

/** The ranks that have bids, as bits. */
const ranksIn = ([, ...ranks]: readonly number[]): number =>
  ranks.reduce((seen, count, rank) => (count > 0 ? seen | (1 << rank) : seen), 0)

function both({ bids, auctions }: Auctions, { bidders }: Bidders): Statistics {
  return { bids, bidders, auctions }
}

export const q15Query = query({
  ...{ topology: q15, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const days = new Map<
      number,
      { bids: number[]; bidders: Set<number>[]; auctions: Set<number>[] }
    >()
    events.each({
      bid({ auction, bidder, price, dateTime }) {
        const start = dateTime - (dateTime % DAY_MS)
        let day = days.get(start)
        if (day === undefined) {
          const sets = () => NO_COUNTS.map(() => new Set<number>())
          day = { bids: [...NO_COUNTS], bidders: sets(), auctions: sets() }
          days.set(start, day)
        }
        for (const place of [0, 1 + rankOf(price)]) {
          day.bids[place] = (day.bids[place] ?? 0) + 1
          day.bidders[place]?.add(bidder)
          day.auctions[place]?.add(auction)
        }
      },
    })
    const sizes = (sets: readonly Set<number>[]): number[] => sets.map(({ size }) => size)
    for (const [start, { bids, bidders, auctions }] of days) {
      emit(start, { bids, bidders: sizes(bidders), auctions: sizes(auctions) }, start)
    }
  },
  tally([row]) {
    const { bids, bidders, auctions } = row?.[1] ?? { bids: [], bidders: [], auctions: [] }
    const named = (name: string, counts: readonly number[]) =>
      counts.map((count, n): [string, number] => [`${name}${n}`, count])
    return Object.fromEntries([
      ...named('bids', bids),
      ...named('bidders', bidders),
      ...named('auctions', auctions),
    ])
  },
})
