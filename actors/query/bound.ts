// How stale an answer may be: in changes, in time, and by what it must have. A pure table of what stands between
// an answer and a question; who is short of a bound refuses, and is asked again while there is time.
//
// Time is proved, not guessed: the broker says where the commit log ends, and who answers has all of it. A
// clock is read on one machine only, and neither an owner that was replaced and does not know nor a standby
// that no longer hears the broker passes for fresh.

import type { Position } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'

/** The next record of an input. */
export interface InputPosition {
  readonly topic: string
  readonly partition: number
  readonly next: number
}

export interface Bound {
  /** A standby may answer that is at most so many changes behind; absent: any lag will do that the rest allows. */
  readonly maxLag?: number | undefined
  /**
   * The answer has everything that was committed so many ms before it was asked for; a standby may give it. Absent:
   * that is not looked at.
   */
  readonly maxAgeMs?: number | undefined
  /** The answer has the records before these; those of other partitions are no business of the task. */
  readonly atLeast?: readonly InputPosition[] | undefined
}

/** Where who answers is. */
export interface Whereabouts {
  /** Offset in the commit log up to which its commits are in the stores. */
  readonly log: number
  readonly positions: readonly InputPosition[]
}

/** Where the commit log ended, and when that was asked for, on the monotonic clock. */
export interface Proof {
  readonly end: number
  readonly atMs: number
}

/** Whether somebody else than the task itself may answer. */
export const mayBeStale = ({ maxLag, maxAgeMs }: Bound): boolean =>
  maxLag !== undefined || maxAgeMs !== undefined

export const inputPositions = (positions: readonly Position[]): InputPosition[] =>
  positions.map(({ at: { topic, partition }, next }) => ({ topic, partition, next }))

/** What of the bound is not met, as a sentence; null when all is. */
export function shortOf(
  { atLeast = [] }: Bound,
  partition: number,
  proof: Proof | null,
  { log, positions }: Whereabouts,
): string | null {
  if (proof !== null && log < proof.end) {
    return `it has the commits before ${log}, and the log has those before ${proof.end}`
  }
  for (const wanted of atLeast) {
    if (wanted.partition !== partition) continue
    const found = positions.find(({ topic }) => topic === wanted.topic)?.next ?? 0
    if (found >= wanted.next) continue
    const where = `${wanted.topic}/${partition}`
    return `it has the records of ${where} before ${found}, and ${wanted.next} was asked for`
  }
  return null
}

export const storeBehind = (task: string, short: string): MillraceError =>
  new MillraceError({
    code: 'STORE_BEHIND',
    what: `who was asked for ${task} is not that far: ${short}`,
    hint: 'Ask again, wait longer, or ask for less',
    retry: 'soon',
  })
