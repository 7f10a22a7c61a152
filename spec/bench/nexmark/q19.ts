// q19: the ten highest bids of each auction, first to tenth; of equal ones the earlier first. Of each
// list only the newest of a commit is told.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { type Bid, bids, id, message, PARTITIONS } from './schema.ts'

interface Bids {
  readonly bids: readonly Bid[]
}

const TOP = 10

const serde = message<Bids>('Bids')
const output = topic('q19', { key: id, value: serde, partitions: PARTITIONS })

export const q19 = topology('q19', (t) => {
  t.stream(bids)
    .groupByKey()
    .aggregate((): Bids => ({ bids: [] }), withBid, { store: 'top', value: serde, caching: true })
    .toStream()
    .to(output)
})

function withBid(top: Bids, bid: Bid): Bids {
  const { bids } = top
  const last = bids[TOP - 1]
  if (last !== undefined && bid.price <= last.price) return top
  let place = bids.length
  while (place > 0 && (bids[place - 1]?.price ?? 0) < bid.price) place--
  return { bids: [...bids.slice(0, place), bid, ...bids.slice(place)].slice(0, TOP) }
}

export const q19Query = query({
  ...{ topology: q19, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const tops = new Map<number, { top: Bids; time: number }>()
    events.each({
      bid(bid) {
        const kept = tops.get(bid.auction)
        const top = withBid(kept?.top ?? { bids: [] }, bid)
        tops.set(bid.auction, { top, time: bid.dateTime })
      },
    })
    for (const [auction, { top, time }] of tops) emit(auction, top, time)
  },
  tally: (rows) => ({
    rows: sumOf(rows, ([, { bids }]) => bids.length),
    sumPrice: sumOf(rows, ([, { bids }]) => sumOf(bids, ({ price }) => price)),
  }),
})
