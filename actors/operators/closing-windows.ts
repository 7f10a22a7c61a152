// Which windows close next, where any ms may be an end: sessions and sliding windows that emit on
// close. A store lies by key, so asking it what ends in the next ms would walk all of it each time.
// Instead one walk finds the windows that end before some horizon; those put later with such an end
// are noted; and until the horizon is reached, closing is a look at one end after another.
//
// Invariants: (1) every window of the store that ends from `closed` on, and before the horizon, was
// noted; (2) what was noted may be gone from the store since: whoever closes it looks.

import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { latin1 } from '#stores/cache/changes'
import type { Cell } from '../topology/node.ts'

export interface ClosingPorts<K> {
  /** All windows that ended before it were sent; part of the commit. -1: none yet. */
  readonly closed: Cell
  /** How far the walks look ahead, ms; they cost as much as the store is large. */
  readonly aheadMs: number
  readonly key: Serde<Windowed<K>>
  /** Windows that end within `from <= end < to`. */
  readonly walk: (from: number, to: number) => Iterable<Windowed<K>>
}

export class ClosingWindows<K> {
  readonly #ports: ClosingPorts<K>
  /** By end, then by the bytes of the windowed key, so that a window is noted once. */
  readonly #ends = new Map<number, Map<string, Windowed<K>>>()
  #horizon: number

  constructor(ports: ClosingPorts<K>) {
    this.#ports = ports
    this.#horizon = Math.max(0, ports.closed.value)
  }

  /** To be told of every window that is put. */
  note(window: Windowed<K>): void {
    if (window.end < this.#horizon) this.#add(window)
  }

  /** Visits windows that ended before `closeTime` and were not visited, by end, start and key. */
  close(closeTime: number, visit: (window: Windowed<K>) => void): void {
    const { closed, aheadMs, walk } = this.#ports
    const from = Math.max(0, closed.value)
    if (closeTime <= closed.value) return
    closed.value = closeTime
    if (closeTime > this.#horizon) {
      const horizon = closeTime + Math.ceil(aheadMs)
      for (const window of walk(this.#horizon, horizon)) this.#add(window)
      this.#horizon = horizon
    }
    for (const end of this.#endsWithin(from, closeTime)) {
      const windows = this.#ends.get(end)
      if (windows === undefined) continue
      this.#ends.delete(end)
      const rows = [...windows].sort(
        ([a, one], [b, other]) => one.start - other.start || byCode(a, b),
      )
      for (const [, window] of rows) visit(window)
    }
  }

  #add(window: Windowed<K>): void {
    let windows = this.#ends.get(window.end)
    if (windows === undefined) {
      windows = new Map()
      this.#ends.set(window.end, windows)
    }
    windows.set(latin1(encoded(this.#ports.key, window)), window)
  }

  /** One ms after another, or, when the time jumped, by those that are there. */
  *#endsWithin(from: number, to: number): Generator<number> {
    if (to - from > this.#ends.size) {
      const ends = [...this.#ends.keys()].filter((end) => end < to)
      yield* ends.sort((a, b) => a - b)
      return
    }
    for (let end = from; end < to; end++) yield end
  }
}

/** As the bytes compare. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
