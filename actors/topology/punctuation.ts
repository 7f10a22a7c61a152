// What a topology does by time: calls that were scheduled, in stream time or by the wall clock.
//
// Source of the semantics: Kafka Streams punctuations. Stream-time calls come at multiples of their
// interval from 0, so the first record fires them, and never without a record; wall-clock calls first
// come one interval after scheduling. A call that was missed several times comes once; its phase
// stays. The argument is the time it is, not the time it was due.

import type { Cancel } from '#protocols/core/clock'
import type { Alarm } from './node.ts'

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

  /** One call that is set, moved and set again. */
  alarm(fire: (timeMs: number) => void): Alarm {
    const never = Number.POSITIVE_INFINITY
    const scheduled = { intervalMs: never, fire, nextMs: never }
    this.#scheduled.add(scheduled)
    return {
      set: (atMs) => {
        scheduled.nextMs = atMs ?? never
        this.#aim()
      },
    }
  }

  /** Fires what is due, the longest due first, then as scheduled. True when something was. */
  advance(timeMs: number): boolean {
    if (timeMs < this.#nextMs) return false
    for (let due = this.#first(); due !== null && due.nextMs <= timeMs; due = this.#first()) {
      const missed = Math.floor((timeMs - due.nextMs) / due.intervalMs)
      due.nextMs += (missed + 1) * due.intervalMs
      due.fire(timeMs)
    }
    this.#aim()
    return true
  }

  #aim(): void {
    this.#nextMs = this.#first()?.nextMs ?? Number.POSITIVE_INFINITY
  }

  #first(): Scheduled | null {
    let first: Scheduled | null = null
    for (const it of this.#scheduled) if (first === null || it.nextMs < first.nextMs) first = it
    return first
  }
}
