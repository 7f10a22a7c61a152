// What operators may set of a task; the defaults are said where options are read.

import type { Compression } from '#protocols/records/batch'

export interface TaskSettings {
  readonly guarantee: 'exactly-once' | 'at-least-once'
  /** Commit at least this often while there is something to commit, ms. */
  readonly commitIntervalMs: number
  /** Write stores and checkpoint to the engine at least this often, ms; bounds the replay after a crash. */
  readonly sealIntervalMs: number
  /** A seal writes at least so many rows at a time. */
  readonly sealRows: number
  /** Commit and seal early when stores hold this many mutations in memory. */
  readonly pendingMax: number
  /**
   * Wait so long for inputs that have nothing before going on with those that have, ms, so that records
   * that meet are taken in the order of their times. 0, the default, never waits.
   */
  readonly maxTaskIdleMs: number
  readonly compression: Compression
  /** Take a snapshot when the log has so many bytes of changes more than the newest; 0: never. */
  readonly snapshotBytes: number
}
