// q16: q15 for each channel of each day, and when its last bid was. There are many channels, so bids
// travel to where their channel is; a processor remembers there whom and what it has seen.

import { type KeyValueStore, serde, topic, topology } from 'millrace'
import { query } from './query.ts'
import { counted, countedSeen, NO_COUNTS, seenAt } from './ranks.ts'
import { type Bid, bids, message, PARTITIONS } from './schema.ts'

interface Offer {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
}

interface Statistics {
  readonly bids: readonly number[]
  readonly bidders: readonly number[]
  readonly auctions: readonly number[]
  readonly minute: string
}

const name = serde.string()
const statistics = message<Statistics>('Statistics')
const output = topic('q16', { key: name, value: statistics, partitions: PARTITIONS })

export const q16 = topology('q16', (t) => {
  const seen = t.store({ kind: 'keyvalue', name: 'seen', key: name, value: serde.int32() })
  const kept = t.store({ kind: 'keyvalue', name: 'channels', key: name, value: statistics })
  t.stream(bids)
    .map((_auction, bid): [string, Offer] => [placeOf(bid), offerOf(bid)])
    .repartition({ name: 'channels', key: name, value: message<Offer>('Offer') })
    .processValues<Statistics>({
      stores: [seen, kept],
      make: (context) => {
        const sightings = context.store(seen)
        const channels = context.store(kept)
        return {
          process({ key, value }) {
            const next = after(channels.get(key) ?? none(), value, {
              bidder: sighted(sightings, `${key} b${value.bidder}`, value.price),
              auction: sighted(sightings, `${key} a${value.auction}`, value.price),
            })
            channels.put(key, next)
            context.forward({ value: next })
          },
        }
      },
    })
    .to(output)
})

const placeOf = ({ channel, dateTime }: Bid): string => `${channel} ${iso(dateTime).slice(0, 10)}`

const offerOf = ({ auction, bidder, price, dateTime }: Bid): Offer => ({
  ...{ auction, bidder, price, dateTime },
})

/** Ranks that somebody or something is seen in for the first time, and whether it is at all. */
interface Sighting {
  readonly before: number
  readonly now: number
}

function sighted(sightings: KeyValueStore<string, number>, who: string, price: number): Sighting {
  const before = sightings.get(who) ?? 0
  const now = seenAt(before, price)
  if (now !== before) sightings.put(who, now)
  return { before, now }
}

const none = (): Statistics => ({
  ...{ bids: NO_COUNTS, bidders: NO_COUNTS, auctions: NO_COUNTS, minute: '' },
})

function after(
  { bids, bidders, auctions, minute }: Statistics,
  { price, dateTime }: Offer,
  { bidder, auction }: { readonly bidder: Sighting; readonly auction: Sighting },
): Statistics {
  const now = iso(dateTime).slice(11, 16)
  return {
    bids: counted(bids, price),
    bidders: replaced(bidders, bidder),
    auctions: replaced(auctions, auction),
    minute: now > minute ? now : minute,
  }
}

const replaced = (counts: readonly number[], { before, now }: Sighting): readonly number[] =>
  before === now ? counts : countedSeen(countedSeen(counts, before, -1), now)

const iso = (time: number): string => new Date(time).toISOString()

export const q16Query = query({
  ...{ topology: q16, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const seen = new Map<string, number>()
    const channels = new Map<string, Statistics>()
    const sighted = (who: string, price: number): Sighting => {
      const before = seen.get(who) ?? 0
      const now = seenAt(before, price)
      if (now !== before) seen.set(who, now)
      return { before, now }
    }
    events.each({
      bid(bid) {
        const place = placeOf(bid)
        const next = after(channels.get(place) ?? none(), bid, {
          bidder: sighted(`${place} b${bid.bidder}`, bid.price),
          auction: sighted(`${place} a${bid.auction}`, bid.price),
        })
        channels.set(place, next)
        emit(place, next, bid.dateTime)
      },
    })
  },
  tally(rows) {
    const [, google] = rows.find(([place]) => place.startsWith('Google ')) ?? []
    return {
      rows: rows.length,
      googleBids: google?.bids[0] ?? 0,
      googleBidders: google?.bidders[0] ?? 0,
    }
  },
})
