// q14: bids whose price in another currency lies in a range, with the time of day, and how often the
// letter c comes in what they are padded with.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { type Bid, bids, id, message, PARTITIONS } from './schema.ts'

interface Timed {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly extra: string
  readonly bidTimeType: string
  readonly cs: number
}

const MILLS_PER_CENT = 908
const [ABOVE_MILLS, BELOW_MILLS] = [1e9, 5e10]
const C = 'c'.charCodeAt(0)

const output = topic('q14', {
  key: id,
  value: message<Timed>('BidInMills'),
  partitions: PARTITIONS,
})

export const q14 = topology('q14', (t) => {
  t.stream(bids)
    .filter((_auction, bid) => isBetween(bid))
    .mapValues(timed)
    .to(output)
})

const isBetween = ({ price }: Bid): boolean =>
  price * MILLS_PER_CENT > ABOVE_MILLS && price * MILLS_PER_CENT < BELOW_MILLS

function timed({ auction, bidder, price, dateTime, extra }: Bid): Timed {
  return {
    ...{ auction, bidder, price: price * MILLS_PER_CENT, dateTime, extra },
    bidTimeType: timeType(new Date(dateTime).getUTCHours()),
    cs: count(extra, C),
  }
}

function timeType(hour: number): string {
  if (hour >= 8 && hour <= 18) return 'dayTime'
  return hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
}

function count(text: string, letter: number): number {
  let found = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === letter) found++
  return found
}

export const q14Query = query({
  ...{ topology: q14, module: import.meta.url, reads: ['bids'], output, counts: 'every' },
  loop: (events, emit) =>
    events.each({
      bid(bid) {
        if (isBetween(bid)) emit(bid.auction, timed(bid), bid.dateTime)
      },
    }),
  tally: (rows) => ({ rows: rows.length, cs: sumOf(rows, ([, { cs }]) => cs) }),
})
