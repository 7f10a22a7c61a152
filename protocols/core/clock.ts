// Time, chance and timers enter the house only through these ports, so that a whole cluster can run
// under one seed. The real ones are made in runtime/process; the hand-turned ones in runtime/testkit.

import type { WallTimeMs } from './brands.ts'

/** Cancels what it was returned for. Calling it again does nothing. */
export type Cancel = () => void

export interface Clock {
  /** Wall clock, for stamps and for time-to-live. May jump. */
  now(): WallTimeMs
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  monotonic(): number
  /** Calls `fire` once after `delayMs` (at least 0). Never fires on the caller's stack. */
  after(delayMs: number, fire: () => void): Cancel
  /** Calls `run` after the current stack and pending I/O had their turn. */
  defer(run: () => void): void
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}
