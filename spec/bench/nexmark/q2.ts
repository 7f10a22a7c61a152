// q2: the prices bid for some auctions.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { bids, id, message, PARTITIONS } from './schema.ts'

const CHOSEN = 123

const price = message<{ auction: number; price: number }>('AuctionPrice')
const output = topic('q2', { key: id, value: price, partitions: PARTITIONS })

export const q2 = topology('q2', (t) => {
  t.stream(bids)
    .filter((_auction, bid) => isChosen(bid.auction))
    .mapValues(({ auction, price }) => ({ auction, price }))
    .to(output)
})

const isChosen = (auction: number): boolean => auction % CHOSEN === 0

export const q2Query = query({
  ...{ topology: q2, module: import.meta.url, reads: ['bids'], output, counts: 'every' },
  loop: (events, emit) =>
    events.each({
      bid({ auction, price, dateTime }) {
        if (isChosen(auction)) emit(auction, { auction, price }, dateTime)
      },
    }),
  tally: (rows) => ({ rows: rows.length, sumPrice: sumOf(rows, ([, { price }]) => price) }),
})
