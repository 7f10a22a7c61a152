// What a query is: a topology, the topics it reads, and the same by hand.

import type { Topic, TopologyDefinition } from 'millrace'
import type { Counts, Emit, Tally } from '../outcome.ts'
import type { Events, Source } from './events.ts'
import { FIRST_CATEGORY } from './schema.ts'

export interface Query<K = unknown, V = unknown> {
  readonly topology: TopologyDefinition
  /** URL of its module. */
  readonly module: string
  readonly reads: readonly Source[]
  readonly output: Topic<K, V>
  readonly counts: Counts
  loop(events: Events, emit: Emit<K, V>): void
  /** What golden values are told of. */
  tally(rows: readonly (readonly [K, V])[]): Tally
}

/** Lists hold queries of every type alike. */
export const query = <K, V>(it: Query<K, V>): Query => it as unknown as Query

/** Only one category is asked for by q3 and q20. */
export const CATEGORY = FIRST_CATEGORY
/** q5, q7 and q8 look at ten seconds at a time; q15 to q17 at days. */
export const WINDOW_MS = 10_000
export const DAY_MS = 86_400_000
/**
 * How late records may be behind a repartition topic, and how long rows of windows are kept: a replay
 * goes as fast as it can, so that one partition may be ahead of another by all there is in the log.
 */
export const GRACE = '1h'

export const sumOf = <T>(items: Iterable<T>, of: (item: T) => number): number => {
  let sum = 0
  for (const item of items) sum += of(item)
  return sum
}
