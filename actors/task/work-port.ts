// What the task actor needs of a work, and what it learns from one. The work itself is in work.ts; specs
// of the actor bring their own.

import type { TopicPartition } from '#protocols/records/record'
import type { TaskState } from '#stores/changelog/task-state'
import type { Whereabouts } from '../query/bound.ts'
import type { MeterReading } from './meter.ts'

/** The record at which processing failed. */
export interface Poison extends TopicPartition {
  readonly offset: number
}

export interface WorkFacts {
  /** Records taken in, and dropped by reason, since the task began here. */
  readonly records: number
  readonly dropped: Readonly<Record<string, number>>
  readonly positions: readonly InputFacts[]
  readonly streamTime: number
  readonly epoch: number
  readonly checkpoint: number | null
  /** Replay: where it began, offset reached and where it ends. */
  readonly restoredFrom: number
  readonly restored: number
  readonly restoreEnd: number
  readonly meter: MeterReading
}

export interface InputFacts {
  readonly at: TopicPartition
  /** The next record to take, and the next one by the newest commit. */
  readonly position: number
  readonly committed: number
  /** Records between the position and the end of the partition, about. */
  readonly lag: number
}

/** What the actor needs of a work. One work is one try: after `close` nothing of it is used again. */
export interface Work {
  open(): Promise<void>
  claim(): Promise<void>
  /**
   * Replays the commit log into the stores, in slices that let others have their turn. `close` ends
   * it early.
   * @throws MillraceError STORE_UNTRUSTED when the stores are ahead of the log or too far behind it
   */
  restore(): Promise<void>
  /** Wires the topology and opens the inputs; `onData` rings when a drained task has work again. */
  start(onData: () => void): void
  /**
   * Processes records until the budget is used, the inputs are drained, or a commit is due.
   * @throws what the topology throws; `poison` then names the record
   */
  work(budgetMs: number): 'drained' | 'more' | 'commit'
  /** Stores everything since the last commit in one step; does nothing when that is nothing. */
  commit(): Promise<void>
  /** When the wall clock next has something for it to do, ms; infinite when never. */
  readonly nextWallClockMs: number
  /** A commit failed and can be tried again as it is. */
  readonly isKept: boolean
  /**
   * Closes everything; a clean close seals first. Calling it again does nothing.
   * Requires for clean: started, and nothing uncommitted.
   */
  close(isClean: boolean): Promise<void>
  /** Passes the record over when it comes, and counts it as dropped: `skipped`. */
  skip(record: Poison): void
  /** The record at which the last `work` threw, if it was at one. */
  readonly poison: Poison | null
  /** Null when the plan has no stores, and before `open`. */
  readonly state: TaskState | null
  facts(): WorkFacts
  /** Its own newest commit, and what of its inputs it has taken in, committed or not. */
  whereabouts(): Whereabouts
}

/** A record's place as one word. */
export const recordName = ({ topic, partition, offset }: Poison): string =>
  `${topic}/${partition}/${offset}`
