// What a program says of a join: which times meet, what the two sides are, and what things are called.

import { MillraceError } from '#protocols/core/errors'
import type { Duration } from './duration.ts'
import { durationMs } from './duration.ts'
import type { Materialized } from './materialized.ts'
import type { Named } from './stream.ts'
import type { Typed } from './topic.ts'

/** The names of the kinds of joins: what becomes of a side that has no partner. */
export type JoinKind = 'inner' | 'left' | 'outer'

/**
 * Which records are near enough: right ones from `before` ahead of a left one to `after` behind it, both
 * inclusive. Either may be negative, as long as `after` does not come before `before`. A duration alone
 * is both of them.
 */
export type JoinWithin =
  | Duration
  | {
      readonly before: Duration
      readonly after: Duration
      /** How long a result without a partner waits for late records. Default none. */
      readonly grace?: Duration | undefined
    }

export interface StreamJoinOptions<K, L, R> extends Named {
  readonly within: JoinWithin
  /** What the keys are; default: as a side was declared, else JSON. */
  readonly key?: Typed<K> | undefined
  /** What the values of each side are; default: as declared, else JSON. */
  readonly left?: Typed<L> | undefined
  readonly right?: Typed<R> | undefined
  /** Its stores are `<store>.left`, `<store>.right` and `<store>.unmatched`. */
  readonly store?: string | undefined
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Default true. */
  readonly logged?: boolean | undefined
  /** Rows the write-behind cache of each store may hold; default 100,000. */
  readonly cacheEntriesMax?: number | undefined
}

export interface StreamTableJoinOptions<K, L> extends Named {
  /**
   * Wait so long, by event time, for the table to catch up, and join a record with the row as it was
   * at the record's time. Only with a versioned table that remembers at least as long. Default: join
   * at once.
   */
  readonly grace?: Duration | undefined
  /** What the keys are; default: as the stream was declared, else as the table's, else JSON. */
  readonly key?: Typed<K> | undefined
  /** What the stream's values are; default: as declared, else JSON. */
  readonly left?: Typed<L> | undefined
  /** Names the store of records that wait. */
  readonly store?: string | undefined
}

export interface ForeignKeyJoinOptions<F, J> extends Materialized<J> {
  /** What the foreign keys are; default: what the keys of the right table are. */
  readonly foreignKey?: Typed<F> | undefined
}

export interface JoinTimes {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** @throws MillraceError DURATION_INVALID, JOIN_INVALID */
export function joinTimes(within: JoinWithin): JoinTimes {
  if (typeof within !== 'object') {
    const bothMs = durationMs(within, 'the time between joined records')
    return { beforeMs: bothMs, afterMs: bothMs, graceMs: 0 }
  }
  const least = Number.MIN_SAFE_INTEGER
  const beforeMs = durationMs(within.before, "the time before a join's left record", least)
  const afterMs = durationMs(within.after, "the time after a join's left record", least)
  const graceMs = durationMs(within.grace ?? 0, 'the grace of a join')
  if (beforeMs + afterMs >= 0) return { beforeMs, afterMs, graceMs }
  throw new MillraceError({
    code: 'JOIN_INVALID',
    what: `no record is joined within ${beforeMs} ms before and ${afterMs} ms after another`,
    hint: 'Together, before and after must not be negative',
  })
}
