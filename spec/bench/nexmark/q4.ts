// q4: the average of the best prices of each category's auctions. A best price that is overbid leaves
// its category's average before the new one joins.

import { serde, topic, topology } from 'millrace'
import { query } from './query.ts'
import { eachSale, type Sale, sales } from './sales.ts'
import { type Auction, FIRST_CATEGORY, id, message, PARTITIONS } from './schema.ts'

interface Total {
  readonly sum: number
  readonly count: number
}

const output = topic('q4', { key: id, value: serde.int64(), partitions: PARTITIONS })

export const q4 = topology('q4', (t) => {
  sales(t, categoryOf)
    .groupBy((_auction, { group, price }) => [group, price], { key: id, value: serde.int32() })
    .aggregate((): Total => ({ sum: 0, count: 0 }), added, subtracted, {
      ...{ store: 'totals', value: message<Total>('Total') },
    })
    .mapValues(average)
    .toStream()
    .to(output)
})

function categoryOf({ category }: Auction): number {
  return category
}

function added({ sum, count }: Total, price: number): Total {
  return { sum: sum + price, count: count + 1 }
}

function subtracted({ sum, count }: Total, price: number): Total {
  return { sum: sum - price, count: count - 1 }
}

function average({ sum, count }: Total): number {
  return count === 0 ? 0 : Math.trunc(sum / count)
}

export const q4Query = query({
  ...{ topology: q4, module: import.meta.url, reads: ['auctions', 'bids'] },
  ...{ output, counts: 'newest' },
  loop(events, emit) {
    const totals = new Map<number, Total>()
    const changed = ({ group, price }: Sale, before: Sale | undefined, time: number): void => {
      let total = totals.get(group) ?? { sum: 0, count: 0 }
      if (before !== undefined) total = subtracted(total, before.price)
      total = added(total, price)
      totals.set(group, total)
      emit(group, average(total), time)
    }
    eachSale(events, categoryOf, changed)
  },
  tally: (rows) =>
    Object.fromEntries(
      [...rows]
        .sort(([a], [b]) => a - b)
        .map(([category, price]) => [`category${category - FIRST_CATEGORY}`, price]),
    ),
})
