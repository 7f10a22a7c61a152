// Which rows of a store are past their retention, and when they are deleted. A row is dead when its
// time is before observed - retention + 1, where observed is the newest time ever put; reads and puts
// go by that to the millisecond. Deleting follows in steps of a bounded size, by whole segments.
//
// What is seen never depends on how far deleting has come.

import { assert } from '#protocols/core/assert'
import type { Cell } from '../store.ts'

/** Puts between two steps, and rows a step may delete: more than were put, so that it keeps up. */
const STEP_PUTS = 32
const STEP_ROWS = 64
/** Shorter ones would be many. */
const SEGMENT_MS_MIN = 1_000

export class Expiry {
  /** Half the retention: few segments to look into, and little that outlives its time. */
  readonly segmentMs: number
  readonly #retentionMs: number
  readonly #observed: Cell
  #puts = 0
  #refused = 0

  constructor(retentionMs: number, observed: Cell) {
    assert(retentionMs >= 0, 'a retention is not negative')
    this.#retentionMs = retentionMs
    this.#observed = observed
    this.segmentMs = Math.max(SEGMENT_MS_MIN, Math.ceil(retentionMs / 2))
  }

  get observed(): number {
    return this.#observed.value
  }

  get refused(): number {
    return this.#refused
  }

  /** The first time that is not past its retention. */
  get liveFrom(): number {
    return this.#observed.value - this.#retentionMs + 1
  }

  /** Moves on to `time`; false, and counted, when a row of that time is past its retention. */
  admits(time: number): boolean {
    assert(time >= 0, () => `a row's time is not negative, as ${time} is`)
    if (time > this.#observed.value) this.#observed.value = time
    if (time >= this.#observed.value - this.#retentionMs + 1) return true
    this.#refused++
    return false
  }

  /** After a put: now and then deletes rows that are dead. */
  step(rows: { expire(time: number, rowsMax: number): number }): void {
    if (++this.#puts < STEP_PUTS) return
    this.#puts = 0
    rows.expire(this.liveFrom, STEP_ROWS)
  }
}
