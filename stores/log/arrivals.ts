// Who waits for what: readers that came up empty, and others who want to know that something may have
// changed. Three things wake them: an append in this broker, the doorbell of another one, and, in case
// a ring was lost, a look every few seconds while anybody waits.

import type { Cancel, Clock } from '#protocols/core/clock'
import type { Doorbell } from './doorbell.ts'

export interface Waiter {
  /** `topic id/partition`, so that an append finds its readers. */
  readonly place: string
  /** Whether it would find something now. */
  hasArrived(): boolean
  /** Tells its owner. Called on a stack of its own. */
  ring(): void
}

const LOOK_EVERY_MS = 3_000

export class Arrivals {
  readonly #clock: Clock
  readonly #doorbell: Doorbell
  readonly #refresh: () => void
  readonly #waiting = new Map<string, Set<Waiter>>()
  readonly #watchers = new Set<() => void>()
  readonly #stop: () => void
  #look: Cancel | null = null
  #isClosed = false

  constructor(clock: Clock, doorbell: Doorbell, refresh: () => void) {
    this.#clock = clock
    this.#doorbell = doorbell
    this.#refresh = refresh
    this.#stop = doorbell.listen(() => this.check())
  }

  wait(waiter: Waiter): void {
    if (this.#isClosed) return
    const waiting = this.#waiting.get(waiter.place)
    if (waiting === undefined) this.#waiting.set(waiter.place, new Set([waiter]))
    else waiting.add(waiter)
    this.#arm()
  }

  forget(waiter: Waiter): void {
    const waiting = this.#waiting.get(waiter.place)
    waiting?.delete(waiter)
    if (waiting?.size === 0) this.#waiting.delete(waiter.place)
  }

  /** Calls `onRing` whenever anything may have changed, here or elsewhere. */
  watch(onRing: () => void): () => void {
    this.#watchers.add(onRing)
    this.#arm()
    return () => this.#watchers.delete(onRing)
  }

  /** Something was written here: wakes its readers, and the other brokers. */
  announce(places: Iterable<string>): void {
    for (const place of places) {
      for (const waiter of this.#waiting.get(place) ?? []) this.#wake(waiter)
    }
    this.#doorbell.ring()
  }

  /** As `announce`, for what is not in a partition. */
  announceOther(): void {
    for (const onRing of this.#watchers) onRing()
    this.#doorbell.ring()
  }

  /** Something may have been written elsewhere. */
  check(): void {
    if (this.#isClosed) return
    this.#refresh()
    for (const waiting of this.#waiting.values()) {
      for (const waiter of waiting) if (waiter.hasArrived()) this.#wake(waiter)
    }
    for (const onRing of this.#watchers) onRing()
  }

  close(): void {
    this.#isClosed = true
    this.#stop()
    this.#look?.()
    this.#waiting.clear()
    this.#watchers.clear()
  }

  #wake(waiter: Waiter): void {
    this.forget(waiter)
    this.#clock.defer(() => {
      if (!this.#isClosed) waiter.ring()
    })
  }

  #arm(): void {
    if (this.#look !== null) return
    this.#look = this.#clock.after(LOOK_EVERY_MS, () => {
      this.#look = null
      this.check()
      if (this.#waiting.size > 0 || this.#watchers.size > 0) this.#arm()
    })
  }
}
