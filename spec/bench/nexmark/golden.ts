// What queries come to, by the number of events. Known from another implementation of the generator and
// of the loops, written on its own: not every sum of a query is there.

import type { Tally } from '../outcome.ts'

type Golden = Readonly<Record<string, Tally>>

const counts = (name: string, values: readonly number[]): [string, number][] =>
  values.map((value, n) => [`${name}${n}`, value])

const perDay = (
  bids: readonly number[],
  bidders: readonly number[],
  auctions: readonly number[],
): Tally =>
  Object.fromEntries([
    ...counts('bids', bids),
    ...counts('bidders', bidders),
    ...counts('auctions', auctions),
  ])

const categories = (values: readonly number[]): Tally =>
  Object.fromEntries(counts('category', values))

const of5000: Golden = {
  q0: { rows: 4600, sumPrice: 35172255609 },
  q1: { rows: 4600, sumMills: 31936408092972 },
  q2: { rows: 14, sumPrice: 126582452 },
  q3: { rows: 3, sumAuctionId: 3290 },
  q4: categories([23832332, 26973328, 34816465, 24172928, 31036127]),
  q5: { windows: 5, rows: 5, sumCount: 4000 },
  q6: { sellers: 44, sumAverage: 1330588638 },
  q7: { windows: 1, rows: 1, sumPrice: 99156028 },
  q8: { rows: 45, sumId: 46493 },
  q9: { rows: 268, sumPrice: 7553215740 },
  q11: { sessions: 104, maxCount: 3459, bidders: 104 },
  q13: { rows: 4600 },
  q14: { rows: 1268, cs: 3276 },
  q15: perDay([4600, 1501, 1575, 1524], [104, 86, 89, 90], [295, 259, 254, 262]),
  q16: { rows: 2054, googleBids: 572, googleBidders: 63 },
  q17: { rows: 295, sumMost: 10593884598 },
  q18: { rows: 1018, sumPrice: 8385580262 },
  q19: { rows: 2033, sumPrice: 18818375827 },
  q20: { rows: 546 },
}

const of100000: Golden = {
  q0: { rows: 92000, sumPrice: 674572172341 },
  q1: { rows: 92000, sumMills: 612511532485628 },
  q2: { rows: 396, sumPrice: 3282639099 },
  q3: { rows: 572, sumAuctionId: 2530871 },
  q4: categories([28753174, 30731883, 28873511, 29210890, 29557602]),
  q5: { windows: 9, rows: 9, sumCount: 7403 },
  q6: { sellers: 879, sumAverage: 25882900859 },
  q7: { windows: 1, rows: 1, sumPrice: 99998663 },
  q8: { rows: 922, sumId: 1608632 },
  q9: { rows: 5576, sumPrice: 164072857637 },
  q11: { sessions: 1912, maxCount: 3516, bidders: 1912 },
  q13: { rows: 92000 },
  q14: { rows: 25901, cs: 67957 },
  q15: perDay([92000, 30691, 30699, 30610], [1912, 1729, 1738, 1734], [5997, 5539, 5493, 5515]),
  q16: { rows: 9908, googleBids: 11477, googleBidders: 1309 },
  q17: { rows: 5997, sumMost: 220416093412 },
  q18: { rows: 28587, sumPrice: 208305660282 },
  q19: { rows: 44130, sumPrice: 391372667433 },
  q20: { rows: 15831 },
}

const of1000000: Golden = {
  q0: { rows: 920000, sumPrice: 6669158268420 },
  q1: { rows: 920000, sumMills: 6055595707725360 },
  q2: { rows: 6748, sumPrice: 48338531423 },
  q3: { rows: 6095, sumAuctionId: 186023042 },
  q4: categories([29039488, 28772437, 29091826, 28642041, 29081372]),
  q5: { windows: 54, rows: 56, sumCount: 46048 },
  q6: { sellers: 10057, sumAverage: 288071079115 },
  q7: { windows: 10, rows: 10, sumPrice: 999849619 },
  q8: { rows: 8514, sumId: 90968246 },
  q9: { rows: 55888, sumPrice: 1616583292932 },
  q11: { sessions: 19914, maxCount: 3527, bidders: 19914 },
  q13: { rows: 920000 },
  q14: { rows: 260933, cs: 682416 },
  q15: perDay(
    [920000, 306088, 306859, 307053],
    [19914, 19333, 19317, 19337],
    [59971, 55282, 55379, 55362],
  ),
  q16: { rows: 10004, googleBids: 115228, googleBidders: 15114 },
  q17: { rows: 59971, sumMost: 2175535411757 },
  q18: { rows: 292812, sumPrice: 2135473560371 },
  q19: { rows: 441660, sumPrice: 3843380775757 },
  q20: { rows: 191117 },
}

export const golden = new Map([
  [5000, of5000],
  [100_000, of100000],
  [1_000_000, of1000000],
])

/** Golden values of a query that a tally does not have, as words; empty when it has them all. */
export function missed(name: string, events: number, tally: Tally): string {
  const wanted = Object.entries(golden.get(events)?.[name] ?? {})
  return wanted
    .filter(([of, value]) => tally[of] !== value)
    .map(([of, value]) => `${of} is ${tally[of]}, not ${value}`)
    .join(', ')
}
