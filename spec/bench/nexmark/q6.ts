// q6: the average of what the last ten auctions of each seller brought, by when they close. A sale that
// changes leaves the seller's list and comes back, as an auction that has sold once always will: so a
// list of ten is enough.

import { serde, topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { eachSale, type Sale, saleSerde, sales } from './sales.ts'
import { type Auction, id, message, PARTITIONS } from './schema.ts'

/** In the order in which they close. */
interface Sales {
  readonly sales: readonly Sale[]
}

const LAST = 10

const output = topic('q6', { key: id, value: serde.int64(), partitions: PARTITIONS })

export const q6 = topology('q6', (t) => {
  sales(t, sellerOf)
    .groupBy((_auction, sale) => [sale.group, sale], { key: id, value: saleSerde })
    .aggregate((): Sales => ({ sales: [] }), added, removed, {
      ...{ store: 'last', value: message<Sales>('Sales') },
    })
    .mapValues(average)
    .toStream()
    .to(output)
})

function sellerOf({ seller }: Auction): number {
  return seller
}

function added({ sales }: Sales, sale: Sale): Sales {
  return { sales: [...sales, sale].sort(byClosing).slice(-LAST) }
}

function removed({ sales }: Sales, { auction }: Sale): Sales {
  return { sales: sales.filter((sale) => sale.auction !== auction) }
}

const byClosing = (a: Sale, b: Sale): number => a.expires - b.expires || a.auction - b.auction

function average({ sales }: Sales): number {
  return sales.length === 0 ? 0 : Math.trunc(sumOf(sales, ({ price }) => price) / sales.length)
}

export const q6Query = query({
  ...{ topology: q6, module: import.meta.url, reads: ['auctions', 'bids'] },
  ...{ output, counts: 'newest' },
  loop(events, emit) {
    const lists = new Map<number, Sales>()
    eachSale(events, sellerOf, (sale, before, time) => {
      let list = lists.get(sale.group) ?? { sales: [] }
      if (before !== undefined) list = removed(list, before)
      list = added(list, sale)
      lists.set(sale.group, list)
      emit(sale.group, average(list), time)
    })
  },
  tally: (rows) => ({ sellers: rows.length, sumAverage: sumOf(rows, ([, price]) => price) }),
})
