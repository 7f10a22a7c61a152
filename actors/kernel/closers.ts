// A scope: what one life opened and must close, last in, first out. Every closer runs, whatever the
// ones before it did; errors are collected and never hide one another. A closer that takes longer than
// the deadline is left behind and reported. What is deferred after the end is closed at once.

import type { Clock } from '#protocols/core/clock'
import type { Scope } from './actor.ts'
import { type Outcome, settle } from './deadline.ts'

interface Closer {
  readonly name: string
  readonly close: () => Promise<void> | void
}

/** What did not close well. */
export interface CloseProblem {
  readonly name: string
  readonly outcome: Exclude<Outcome, 'done'>
}

export class Closers implements Scope {
  readonly #clock: Clock
  readonly #deadlineMs: number
  readonly #closers: Closer[] = []
  #isOver = false

  /** @param deadlineMs for each closer */
  constructor(clock: Clock, deadlineMs: number) {
    this.#clock = clock
    this.#deadlineMs = deadlineMs
  }

  defer(name: string, close: () => Promise<void> | void): void {
    this.#closers.push({ name, close })
    if (this.#isOver) void this.closeAll()
  }

  /** Closes everything; never rejects. */
  async closeAll(): Promise<readonly CloseProblem[]> {
    this.#isOver = true
    const problems: CloseProblem[] = []
    for (;;) {
      const closer = this.#closers.pop()
      if (closer === undefined) return problems
      const outcome = await settle(this.#clock, this.#deadlineMs, closer.close)
      if (outcome !== 'done') problems.push({ name: closer.name, outcome })
    }
  }
}
