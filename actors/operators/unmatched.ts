// What a left or outer join of streams holds back: records that met no other, until their window
// closes. Both sides of a join share one buffer and one clock, the newest event time either side saw.
//
// Source of the semantics: Kafka Streams KStreamKStreamJoin. A left record's window closes `after` and
// grace after its time, a right one's `before` and grace after it, strictly; they go out in the order
// of time, right before left, key bytes, put. Only a record at the clock's time lets them out, before
// its own results. After a look the mark stands at the last entry looked at, which may be a little
// past the first that is still open: that entry then waits for the mark, not for its own window. We
// keep that, so that results are the same to the record; we do not keep the throttle by the wall clock.
//
// Invariant: clock and mark are committed with the buffer they speak of.

import type { Sided } from '#protocols/serdes/sided'
import type { BufferEntry, BufferStore } from '#stores/store'
import type { Cell, NodeContext } from '../topology/node.ts'

export interface UnmatchedSpec {
  /** A buffer that keeps all, of sided keys and sided values. */
  readonly store: string
  /** How long after its time a left record's window closes, grace included, ms. */
  readonly leftClosesMs: number
  readonly rightClosesMs: number
}

export type UnmatchedEntry<K, V> = BufferEntry<Sided<K>, Sided<V>>

/** No entry was looked at since the buffer was last empty. */
const NONE = -1

interface Shared {
  readonly clock: Cell
  readonly mark: Cell
}

export class Unmatched<K, V> {
  readonly #spec: UnmatchedSpec
  readonly #held: BufferStore<Sided<K>, Sided<V>>
  readonly #clock: Cell
  readonly #mark: Cell

  constructor(spec: UnmatchedSpec, context: NodeContext) {
    this.#spec = spec
    this.#held = context.storeOf<Sided<K>, Sided<V>, 'buffer'>(spec.store, 'buffer')
    const shared = context.shared<Shared>(`unmatched.${spec.store}`, () => ({
      clock: context.cell('clock', NONE),
      mark: context.cell('mark', NONE),
    }))
    this.#clock = shared.clock
    this.#mark = shared.mark
  }

  /** Newest event time of either side. */
  get time(): number {
    return this.#clock.value
  }

  advance(time: number): void {
    if (time > this.#clock.value) this.#clock.value = time
  }

  hold(isLeft: boolean, key: K, value: V, time: number): void {
    if (this.#mark.value === NONE || time < this.#mark.value) this.#mark.value = time
    this.#held.put(time, { isLeft, of: key }, { isLeft, of: value })
  }

  /** A record of that side, key and time met another: it will not go out alone. */
  matched(isLeft: boolean, key: K, time: number): void {
    if (this.#held.size > 0) this.#held.remove({ isLeft, of: key }, time)
  }

  /**
   * Takes out what can go, in order.
   * @param lookMs how far the clock must be past the mark for a look to be worth it
   */
  takeClosed(lookMs: number): readonly UnmatchedEntry<K, V>[] {
    const mark = this.#mark
    if (mark.value === NONE || mark.value + lookMs >= this.time) return []
    mark.value = NONE
    const closed: UnmatchedEntry<K, V>[] = []
    const open = { left: false, right: false }
    for (const entry of this.#held.entries()) {
      mark.value = entry.time
      if (open.left && open.right) break
      const { isLeft } = entry.key
      if (!this.#isOpen(entry)) closed.push(entry)
      else if (isLeft) open.left = true
      else open.right = true
    }
    for (const { key, time } of closed) this.#held.remove(key, time)
    return closed
  }

  #isOpen({ key, time }: UnmatchedEntry<K, V>): boolean {
    const { leftClosesMs, rightClosesMs } = this.#spec
    return time + (key.isLeft ? leftClosesMs : rightClosesMs) >= this.time
  }
}
