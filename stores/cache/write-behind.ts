// The write-behind cache: decoded values by key in front of an engine table. What changed waits in
// memory until it is staged and sealed (changes.ts). What was sealed or loaded stays as a clean entry
// until the cache is full; unsealed entries are never evicted, so the task watches `pending` and seals
// early.

import { assert } from '#protocols/core/assert'
import type { Table } from '../engine/engine.ts'
import type { ChangelogSink } from '../store.ts'
import { Changes, CLEAN, emptySlot, type Slot } from './changes.ts'
import type { StoreCodec } from './codec.ts'

/** Entries evicted at a time, and how many are looked at for each of them. */
const EVICT = 64
const LOOKS = 4

export class WriteBehind<K, V> {
  readonly #changes: Changes<K, V>
  readonly #codec: StoreCodec<K, V>
  readonly #entriesMax: number
  readonly #bytesMax: () => number
  readonly #slots = new Map<unknown, Slot<K, V>>()
  /** Goes on where it stood: each walk from the front would pass again over what was evicted there. */
  #hand = this.#slots.entries()
  /** Entries there must be before some are evicted again. */
  #evictAbove: number

  /** @param bytesMax of entries that are encoded, about, as of now; 64 MiB at most */
  constructor(
    table: Table,
    codec: StoreCodec<K, V>,
    entriesMax: number,
    bytesMax: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#changes = new Changes(table, codec)
    this.#codec = codec
    this.#entriesMax = entriesMax
    this.#bytesMax = bytesMax
    this.#evictAbove = entriesMax + EVICT
  }

  get pending(): number {
    return this.#changes.pending
  }

  get pendingBytes(): number {
    return this.#changes.pendingBytes
  }

  /** The entry of a key, loaded when needed; its `value` is undefined when there is none. */
  slot(key: K): Slot<K, V> {
    const identity = this.#codec.identity(key)
    const found = this.#slots.get(identity)
    if (found !== undefined) {
      found.recent = true
      return found
    }
    return this.#load(identity, key)
  }

  put(key: K, value: V | undefined, time: number): void {
    const identity = this.#codec.identity(key)
    let slot = this.#slots.get(identity)
    if (slot === undefined) {
      const bytes = this.#codec.encodeKey(key)
      slot = emptySlot<K, V>(key, bytes)
      this.#admit(identity, slot)
    }
    this.write(slot, value, time)
  }

  /** Changes an entry got from `slot`; saves the second look-up of a read-modify-write. */
  write(slot: Slot<K, V>, value: V | undefined, time: number): void {
    // A slot evicted between `slot` and `write` must be found again by its key.
    if (slot.state === CLEAN) this.#slots.set(this.#codec.identity(slot.key), slot)
    this.#changes.write(slot, value, time)
  }

  stage(store: string, sink: ChangelogSink): void {
    this.#changes.stage(store, sink)
  }

  /** As of `Changes`. */
  seal(max?: number): boolean {
    const isOver = this.#changes.seal(max)
    // Not before: what is not sealed yet would be passed again and again.
    if (isOver) this.#evict(this.#slots.size - this.#limit)
    return isOver
  }

  /** Applies a changelog record straight to the table. Requires: nothing cached. */
  restore(key: Uint8Array, value: Uint8Array | null): void {
    assert(this.#slots.size === 0, 'a store is restored before it is used')
    this.#changes.restore(key, value)
  }

  /**
   * Live entries with `from <= key < to`, in key order, unsealed ones laid over the table. Entries
   * written while the walk is open may or may not be seen.
   */
  range(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse: boolean,
  ): Generator<Slot<K, V>> {
    return this.#changes.range(from, to, reverse)
  }

  count(): number {
    return this.#changes.count()
  }

  #load(identity: unknown, key: K): Slot<K, V> {
    const slot = emptySlot<K, V>(key, this.#codec.encodeKey(key))
    this.#changes.load(slot)
    this.#admit(identity, slot)
    return slot
  }

  #admit(identity: unknown, slot: Slot<K, V>): void {
    this.#slots.set(identity, slot)
    // Now and then, a few: where unsealed entries leave nothing to evict, a put costs no more.
    if (this.#slots.size > this.#evictAbove) this.#evict(EVICT)
  }

  /** A clock: recently touched and unsealed entries get another round. */
  #evict(count: number): void {
    let wanted = count
    for (let looks = count * LOOKS; wanted > 0 && looks > 0; looks--) {
      const next = this.#hand.next()
      if (next.done) {
        this.#hand = this.#slots.entries()
        continue
      }
      const [identity, slot] = next.value
      if (slot.state === CLEAN && !slot.recent) {
        this.#slots.delete(identity)
        wanted--
      } else slot.recent = false
    }
    this.#evictAbove = Math.max(this.#slots.size, this.#limit) + EVICT
  }

  get #limit(): number {
    return this.#changes.entriesMax(this.#entriesMax, this.#bytesMax())
  }
}
