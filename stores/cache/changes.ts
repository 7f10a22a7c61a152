// What changed in a store and is not in its table yet. Every kind of store stands on this, because an
// engine must never hold what is not committed:
//
//   write    the entry is changed in memory and marked unstaged and unsealed
//   stage    unstaged entries become changelog records (the broker commit follows)
//   seal     unsealed entries are written to the table, in parts if there are many, in the order of keys
//
// Between seals a hot key is encoded for the table once, however often it changed; what was not written
// again since it was staged goes there in the bytes it was staged in, as far as those were kept. What
// came and went between two seals is let go of when that was staged. Which entries stay in memory
// beside these is the business of those above: write-behind.ts, row-lists.ts.
//
// Invariants: (1) an entry is on the unstaged list iff its UNSTAGED bit is set, on the unsealed list
// iff its UNSEALED bit is set; (2) unstaged implies unsealed; (3) table plus unsealed entries is the
// store's content; of two entries with the same bytes the later one counts; (4) `seal` runs only when
// nothing is unstaged; (5) `staged` is null or what the codec makes of value and time; (6) `absent` says
// only what is so: of an entry that came and went between two seals, or two stages, nobody is told.

import sorted from 'sorted-btree'
import { assert } from '#protocols/core/assert'
import { compareBytes } from '#protocols/core/bytes'
import type { Table } from '../engine/engine.ts'
import type { ChangelogSink, StoreSpec } from '../store.ts'
import type { EntryCodec } from './codec.ts'
import { inKeyOrder } from './key-order.ts'

export const CLEAN = 0
const UNSTAGED = 1
const UNSEALED = 2

/** Neither the table nor the changelog has a value under the key, nor is one on the way there. */
export const ABSENT = 3
const NOT_TOLD = 1
const NOT_SEALED = 2

export interface Slot<K, V> {
  readonly key: K
  readonly bytes: Uint8Array
  /** Undefined: nothing under this key. */
  value: V | undefined
  time: number
  state: number
  /** Touched since the clock hand passed. */
  recent: boolean
  /** Bytes of the value as last staged; null when it was written since, or they were not kept. */
  staged: Uint8Array | null
  /** Which of them has no value under the key, as far as that is known: bits of ABSENT. */
  absent: number
  /** Bytes of its value that wait to be sealed. */
  waiting: number
}

/** An entry with nothing under its key, as far as memory goes. */
export const emptySlot = <K, V>(key: K, bytes: Uint8Array, absent = 0): Slot<K, V> => ({
  key,
  bytes,
  value: undefined,
  time: 0,
  state: CLEAN,
  recent: true,
  staged: null,
  absent,
  waiting: 0,
})

/** Entries a store keeps in memory besides its changes, when its spec does not say. */
export const CACHE_ENTRIES = 100_000

/** Encoded bytes of what a store keeps in memory besides its changes, about, at most. */
const CACHE_BYTES = 64 * 1024 * 1024
/** What an entry takes beside its value, about. */
export const ENTRY_BYTES = 256
/** How much one value weighs in the mean. */
const NEWS = 1 / 64

/** Bytes of values that may be kept from staging to sealing. */
const STAGED_BYTES_MAX = 8 * 1024 * 1024

const NOWHERE: ChangelogSink = { record() {} }

/** Where the changes of a store go: nowhere when it is not logged. */
export const changelogOf = ({ logged }: StoreSpec, sink: ChangelogSink): ChangelogSink =>
  (logged ?? true) ? sink : NOWHERE

export class Changes<K, V> {
  readonly #table: Table
  readonly #codec: EntryCodec<K, V>
  #unstaged: Slot<K, V>[] = []
  #unsealed: Slot<K, V>[] = []
  /** Of the seal under way: so many of the first unsealed entries are still to be written; 0: there is none. */
  #left = 0
  /** Unsealed entries before this one were passed by `recall`. */
  #recalled = 0
  /** How many of the unsealed the table needs to know nothing of, at most. */
  #brief = 0
  #stagedBytes = 0
  #waitingBytes = 0
  /** Of the values that were loaded and sealed lately. */
  #meanBytes = 0
  /** Unsealed entries by key bytes; exists once a range was asked for. */
  #ordered: InstanceType<typeof sorted.default<string, Slot<K, V>>> | null = null

  constructor(table: Table, codec: EntryCodec<K, V>) {
    this.#table = table
    this.#codec = codec
  }

  get pending(): number {
    return this.#unsealed.length
  }

  /** Of values that were staged, as they are encoded. */
  get pendingBytes(): number {
    return this.#waitingBytes
  }

  /** How many entries may be kept in memory of those that were asked for: fewer where values are large. */
  entriesMax(wanted: number, bytesMax: number): number {
    const bytes = Math.min(bytesMax, CACHE_BYTES)
    return Math.min(wanted, Math.floor(bytes / (ENTRY_BYTES + this.#meanBytes)))
  }

  write(slot: Slot<K, V>, value: V | undefined, time: number): void {
    slot.value = value
    slot.time = time
    this.#unkeep(slot)
    if ((slot.state & UNSTAGED) === 0) this.#unstaged.push(slot)
    if ((slot.state & UNSEALED) === 0) {
      this.#unsealed.push(slot)
      this.#ordered?.set(latin1(slot.bytes), slot)
    }
    slot.state = UNSTAGED | UNSEALED
  }

  stage(store: string, sink: ChangelogSink): void {
    for (const slot of this.#unstaged) {
      slot.state = UNSEALED
      const value = this.#valueBytes(slot)
      this.#wait(slot, value?.length ?? 0)
      if (value !== null) slot.absent &= ~NOT_TOLD
      else {
        if ((slot.absent & NOT_SEALED) !== 0) this.#brief++
        if ((slot.absent & NOT_TOLD) !== 0) continue
      }
      sink.record(store, slot.bytes, value, slot.time)
      if (value !== null && this.#stagedBytes < STAGED_BYTES_MAX) {
        slot.staged = value
        this.#stagedBytes += value.length
      }
    }
    this.#unstaged = []
    // Not at once: each time is a walk over all of them.
    if (this.#brief * 2 > this.#unsealed.length) this.#letGo()
  }

  /**
   * Removes entries the table has not got yet, in the order in which they were written, as long as they
   * are over and at most so many: it need never know of them. Those of a seal under way are passed.
   * Returns how many.
   */
  recall(isOver: (slot: Slot<K, V>) => boolean, max: number): number {
    let count = 0
    for (; count < max; this.#recalled++) {
      const slot = this.#unsealed[this.#recalled]
      if (slot === undefined) break
      if (slot.value === undefined || (slot.absent & NOT_SEALED) === 0) continue
      if (!isOver(slot)) break
      this.write(slot, undefined, slot.time)
      count++
    }
    return count
  }

  /**
   * Goes on with the seal under way, or begins one. Requires: nothing unstaged; inside an engine transaction.
   * @param max entries that are written at most
   * @param onPut is told of each entry that the table has now
   * @returns whether all is written that waited when the seal began
   */
  seal(max = Number.POSITIVE_INFINITY, onPut?: (slot: Slot<K, V>) => void): boolean {
    assert(this.#unstaged.length === 0, 'only staged entries are sealed')
    if (this.#left === 0) this.#beginSeal()
    const count = Math.min(max, this.#left)
    const part = this.#unsealed.slice(0, count)
    this.#put(part, onPut)
    // Only now: a table that is full leaves every entry as it was.
    this.#unsealed.splice(0, count)
    if (this.#unsealed.length === 0) this.#ordered = null
    for (const slot of part) this.#clean(slot)
    this.#recalled = Math.max(0, this.#recalled - count)
    this.#left -= count
    return this.#left === 0
  }

  #beginSeal(): void {
    this.#unsealed = inKeyOrder(this.#unsealed)
    this.#left = this.#unsealed.length
    this.#recalled = this.#left
  }

  #put(part: readonly Slot<K, V>[], onPut?: (slot: Slot<K, V>) => void): void {
    for (const slot of part) {
      const value = slot.staged ?? this.#valueBytes(slot)
      if (value !== null) {
        this.#learn(value.length)
        this.#table.put(slot.bytes, value)
        onPut?.(slot)
      } else if ((slot.absent & NOT_SEALED) === 0) this.#table.delete(slot.bytes)
    }
  }

  /** The table has it as it is. */
  #clean(slot: Slot<K, V>): void {
    slot.state = CLEAN
    this.#unkeep(slot)
    this.#wait(slot, 0)
    if (slot.value !== undefined) slot.absent = 0
    else if ((slot.absent & NOT_SEALED) !== 0) this.#brief = Math.max(0, this.#brief - 1)
    this.#forget(slot)
  }

  #unkeep(slot: Slot<K, V>): void {
    if (slot.staged === null) return
    this.#stagedBytes -= slot.staged.length
    slot.staged = null
  }

  /** Applies a changelog record straight to the table. */
  restore(key: Uint8Array, value: Uint8Array | null): void {
    assert(this.#unsealed.length === 0, 'a store is restored before it is used')
    if (value === null) this.#table.delete(key)
    else this.#table.put(key, value)
  }

  /** What the table holds of a key. */
  load(slot: Slot<K, V>): void {
    const stored = this.#table.get(slot.bytes)
    if (stored === undefined) return
    this.#learn(stored.length)
    this.#codec.readValue(stored, slot)
  }

  /** What the table holds of `from <= key < to`, in key order. */
  *sealed(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse = false,
  ): Generator<Slot<K, V>> {
    for (const entry of this.#table.range({ from, to, reverse })) {
      yield this.#fromTable(entry.key, entry.value)
    }
  }

  /**
   * Live entries with `from <= key < to`, in key order, unsealed ones laid over the table. Entries
   * written while the walk is open may or may not be seen.
   */
  *range(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse: boolean,
  ): Generator<Slot<K, V>> {
    const overlay = this.#overlay(from, to, reverse)
    const sign = reverse ? -1 : 1
    let next = overlay.next()
    for (const entry of this.#table.range({ from, to, reverse })) {
      let order = 1
      while (next.done !== true) {
        order = sign * compareBytes(next.value.bytes, entry.key)
        if (order > 0) break
        if (next.value.value !== undefined) yield next.value
        next = overlay.next()
        if (order === 0) break
      }
      if (order !== 0) yield this.#fromTable(entry.key, entry.value)
    }
    for (; next.done !== true; next = overlay.next()) {
      if (next.value.value !== undefined) yield next.value
    }
  }

  count(): number {
    let count = this.#table.count()
    for (const slot of this.#order().values()) {
      const isSealed = this.#table.get(slot.bytes) !== undefined
      if (isSealed && slot.value === undefined) count--
      else if (!isSealed && slot.value !== undefined) count++
    }
    return count
  }

  /** Of unsealed entries that came and went: the changelog was told, and the table need not be. */
  #letGo(): void {
    const all = this.#unsealed
    let [kept, passed, left] = [0, 0, 0]
    for (let i = 0; i < all.length; i++) {
      const slot = all[i] as Slot<K, V> // i is below the length
      if (slot.value === undefined && (slot.absent & NOT_SEALED) !== 0) {
        slot.state = CLEAN
        this.#forget(slot)
        continue
      }
      if (i < this.#recalled) passed++
      if (i < this.#left) left++
      all[kept++] = slot
    }
    all.length = kept
    this.#recalled = passed
    this.#left = left
    this.#brief = 0
  }

  /** Another entry with the same bytes may have taken its place. */
  #forget({ bytes }: Slot<K, V>): void {
    const name = this.#ordered === null ? '' : latin1(bytes)
    if (this.#ordered?.get(name)?.state === CLEAN) this.#ordered.delete(name)
  }

  #wait(slot: Slot<K, V>, bytes: number): void {
    this.#waitingBytes += bytes - slot.waiting
    slot.waiting = bytes
  }

  #learn(bytes: number): void {
    this.#meanBytes += (bytes - this.#meanBytes) * NEWS
  }

  *#overlay(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse: boolean,
  ): Generator<Slot<K, V>, undefined> {
    if (this.#unsealed.length === 0) return
    const low = from === undefined ? '' : latin1(from)
    const high = to === undefined ? undefined : latin1(to)
    // A clone shares its nodes until somebody writes: the walk sees the state of this call.
    const tree = this.#order().clone()
    // The last argument skips `high` itself: the bound is exclusive.
    const entries = reverse ? tree.entriesReversed(high, undefined, true) : tree.entries(low)
    for (const [name, slot] of entries) {
      if (reverse ? name < low : high !== undefined && name >= high) return
      yield slot
    }
  }

  #order(): InstanceType<typeof sorted.default<string, Slot<K, V>>> {
    if (this.#ordered === null) {
      this.#ordered = new sorted.default<string, Slot<K, V>>()
      for (const slot of this.#unsealed) this.#ordered.set(latin1(slot.bytes), slot)
    }
    return this.#ordered
  }

  #fromTable(bytes: Uint8Array, value: Uint8Array): Slot<K, V> {
    const slot = emptySlot<K, V>(this.#codec.decodeKey(bytes), bytes)
    slot.recent = false
    this.#codec.readValue(value, slot)
    return slot
  }

  #valueBytes(slot: Slot<K, V>): Uint8Array | null {
    return slot.value === undefined ? null : this.#codec.encodeValue(slot.value, slot.time)
  }
}

/** One character per byte, so that strings compare as the bytes do. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
