// How much more may be taken for more: n log n, and what measuring is off by.

/** Two runs of the same may differ by as much. */
export const TOLERANCE = 1.25

/** How many times as much `next` may take as `size`, if it grows as n log n; both may be fractions. */
export const growthMost = (size: number, next: number): number =>
  TOLERANCE * (next / size) * slowdownMost(size, next)

/** How many times as much a piece of the work may take at `next` as at `size`. */
export const slowdownMost = (size: number, next: number): number => logOf(next) / logOf(size)

/** Few are not fewer than two: the logarithm of one is nothing. */
const logOf = (size: number): number => Math.log2(Math.max(2, size))
