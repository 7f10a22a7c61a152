// Timers of one life, by key. A tick travels as a signal and is checked again on delivery: if its key
// was cancelled or armed anew since it fired, it is not delivered. An `every` arms itself after each
// delivery, so at most one tick of a key is under way.

import type { Cancel, Clock } from '#protocols/core/clock'
import type { Timers } from './actor.ts'

interface Timer {
  cancel: Cancel
}

export class KeyedTimers<M> implements Timers<M> {
  readonly #clock: Clock
  readonly #deliver: (make: () => M | undefined) => void
  readonly #timers = new Map<string, Timer>()

  /** @param deliver runs `make` in the actor's turn and gives it the message, if there is one */
  constructor(clock: Clock, deliver: (make: () => M | undefined) => void) {
    this.#clock = clock
    this.#deliver = deliver
  }

  once(key: string, delayMs: number, message: M): void {
    this.#arm(key, delayMs, () => {
      this.#timers.delete(key)
      return message
    })
  }

  every(key: string, periodMs: number, message: M): void {
    this.#arm(key, periodMs, () => {
      this.every(key, periodMs, message)
      return message
    })
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
  }

  has(key: string): boolean {
    return this.#timers.has(key)
  }

  clear(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #arm(key: string, delayMs: number, due: () => M): void {
    this.cancel(key)
    const timer: Timer = {
      cancel: this.#clock.after(delayMs, () => {
        this.#deliver(() => (this.#timers.get(key) === timer ? due() : undefined))
      }),
    }
    this.#timers.set(key, timer)
  }
}
