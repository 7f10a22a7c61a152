// What a topology does by time: calls that were scheduled, in stream time or by the wall clock.
//
// Source of the semantics: Kafka Streams punctuations. Stream-time calls come at multiples of their
// interval from 0, so the first record fires them, and never without a record; wall-clock calls first
// come one interval after scheduling. A call that was missed several times comes once; its phase
// stays. The argument is the time it is, not the time it was due.

import type { Cancel } from '#protocols/core/clock'

interface Scheduled {
  readonly intervalMs: number
  readonly fire: (timeMs: number) => void
  nextMs: number
}

export class Punctuation {
  readonly #scheduled = new Set<Scheduled>()
  /** When the next call is due, ms; infinite when there is none. */
  #nextMs = Number.POSITIVE_INFINITY

  get nextMs(): number {
    return this.#nextMs
  }

  schedule(intervalMs: number, firstMs: number, fire: (timeMs: number) => void): Cancel {
    const scheduled = { intervalMs, fire, nextMs: firstMs }
    this.#scheduled.add(scheduled)
    this.#nextMs = Math.min(this.#nextMs, firstMs)
    return () => {
      this.#scheduled.delete(scheduled)
      this.#aim()
    }
  }

  /** Fires what is due, in the order it was scheduled. True when something was. */
  advance(timeMs: number): boolean {
    if (timeMs < this.#nextMs) return false
    for (const scheduled of [...this.#scheduled]) {
      if (scheduled.nextMs > timeMs || !this.#scheduled.has(scheduled)) continue
      const missed = Math.floor((timeMs - scheduled.nextMs) / scheduled.intervalMs)
      scheduled.nextMs += (missed + 1) * scheduled.intervalMs
      scheduled.fire(timeMs)
    }
    this.#aim()
    return true
  }

  #aim(): void {
    this.#nextMs = Number.POSITIVE_INFINITY
    for (const { nextMs } of this.#scheduled) this.#nextMs = Math.min(this.#nextMs, nextMs)
  }
}
