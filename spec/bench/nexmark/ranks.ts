// Bids by rank of their price: below 100, below 10,000, and from there on. What q15 to q17 count by.
// Four counts of something are first of all of it, then of each rank.

export type Rank = 0 | 1 | 2

/** Prices are cents. */
const BELOW = [10_000, 1_000_000] as const

export const rankOf = (price: number): Rank => (price < BELOW[0] ? 0 : price < BELOW[1] ? 1 : 2)

export const NO_COUNTS: readonly number[] = [0, 0, 0, 0]

/** One more of a rank. */
export const counted = (counts: readonly number[], price: number): readonly number[] => {
  const [all = 0, ...ranks] = counts
  const rank = rankOf(price)
  return [all + 1, ...ranks.map((count, n) => (n === rank ? count + 1 : count))]
}

/** The ranks somebody has been seen in, as bits. */
export const seenAt = (seen: number, price: number): number => seen | (1 << rankOf(price))

/** The counts of who has been seen at all, and in each rank, with somebody more or less. */
export const countedSeen = (counts: readonly number[], seen: number, by = 1): readonly number[] => {
  const [all = 0, ...ranks] = counts
  const one = seen === 0 ? 0 : by
  return [all + one, ...ranks.map((count, n) => count + ((seen >> n) & 1) * by)]
}

export const summed = (
  a: readonly number[],
  b: readonly number[],
  sign: 1 | -1 = 1,
): readonly number[] => a.map((count, n) => count + sign * (b[n] ?? 0))
