// Gives actors their turns, one at a time, in the order in which they became runnable. An actor that
// has more to do goes to the back of the queue, so that all are served alike.
//
// The queue is drained for a slice of 5 ms, then the event loop has its turn through `clock.defer`:
// timers, sockets and promises never wait longer than a slice and one turn. (Draining in microtasks
// alone held back a 100 ms heartbeat for two seconds.) The number of turns per slice is bounded as
// well, because a hand-turned clock does not move by itself.

import type { Clock } from '#protocols/core/clock'
import { Ring } from './ring.ts'

const SLICE_MS = 5
const TURNS_MAX = 1024

export interface Runnable {
  /** Works off what was waiting when the turn began. True when there is more. */
  turn(): boolean
  /** The turn took so long, ms. */
  took(ms: number): void
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #queue = new Ring<Runnable>()
  #isDeferred = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Requires: it is not in the queue already. */
  schedule(runnable: Runnable): void {
    this.#queue.push(runnable)
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#clock.defer(this.#slice)
  }

  readonly #slice = (): void => {
    let nowMs = this.#clock.monotonic()
    const endMs = nowMs + SLICE_MS
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      const runnable = this.#queue.shift()
      if (runnable === undefined) {
        this.#isDeferred = false
        return
      }
      if (runnable.turn()) this.#queue.push(runnable)
      // The one look at the clock of a turn: how long it took costs nothing more.
      const beganMs = nowMs
      nowMs = this.#clock.monotonic()
      runnable.took(nowMs - beganMs)
      if (nowMs >= endMs) break
    }
    this.#clock.defer(this.#slice)
  }
}
