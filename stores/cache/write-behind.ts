// The write-behind cache: decoded values in front of an engine table. It is the layer every store
// stands on, because an engine must never hold what is not committed:
//
//   put      the entry is changed in memory and marked unstaged and unsealed
//   stage    unstaged entries become changelog records (the broker commit follows)
//   seal     unsealed entries are written to the table, in the engine transaction of the checkpoint
//
// Between seals a hot key is encoded for the table once, however often it changed. What was sealed
// or loaded stays as a clean entry until the cache is full; unsealed entries are never evicted, so
// the task watches `pending` and seals early.
//
// Invariants: (1) an entry is on the unstaged list iff its UNSTAGED bit is set, on the unsealed list
// iff its UNSEALED bit is set; (2) unstaged implies unsealed; (3) table plus unsealed entries is the
// store's content; (4) `seal` runs only when nothing is unstaged.

import sorted from 'sorted-btree'
import { assert } from '#protocols/core/assert'
import { compareBytes } from '#protocols/core/bytes'
import type { Table } from '../engine/engine.ts'
import type { ChangelogSink } from '../store.ts'
import type { StoreCodec } from './codec.ts'

const CLEAN = 0
const UNSTAGED = 1
const UNSEALED = 2

export interface Slot<K, V> {
  readonly key: K
  readonly bytes: Uint8Array
  /** Undefined: nothing under this key. */
  value: V | undefined
  time: number
  state: number
  /** Touched since the clock hand passed. */
  recent: boolean
}

export class WriteBehind<K, V> {
  readonly #table: Table
  readonly #codec: StoreCodec<K, V>
  readonly #entriesMax: number
  readonly #slots = new Map<unknown, Slot<K, V>>()
  #unstaged: Slot<K, V>[] = []
  #unsealed: Slot<K, V>[] = []
  /** Unsealed entries by key bytes; exists once a range was asked for. */
  #ordered: InstanceType<typeof sorted.default<string, Slot<K, V>>> | null = null

  constructor(table: Table, codec: StoreCodec<K, V>, entriesMax: number) {
    this.#table = table
    this.#codec = codec
    this.#entriesMax = entriesMax
  }

  get pending(): number {
    return this.#unsealed.length
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
      slot = { key, bytes, value, time, state: CLEAN, recent: true }
      this.#admit(identity, slot)
    }
    this.write(slot, value, time)
  }

  /** Changes an entry got from `slot`; saves the second look-up of a read-modify-write. */
  write(slot: Slot<K, V>, value: V | undefined, time: number): void {
    slot.value = value
    slot.time = time
    if ((slot.state & UNSTAGED) === 0) this.#unstaged.push(slot)
    if ((slot.state & UNSEALED) === 0) {
      this.#unsealed.push(slot)
      this.#ordered?.set(latin1(slot.bytes), slot)
      // A slot evicted between `slot` and `write` must be found again by its key.
      this.#slots.set(this.#codec.identity(slot.key), slot)
    }
    slot.state = UNSTAGED | UNSEALED
  }

  stage(store: string, sink: ChangelogSink): void {
    for (const slot of this.#unstaged) {
      sink.record(store, slot.bytes, this.#valueBytes(slot), slot.time)
      slot.state = UNSEALED
    }
    this.#unstaged = []
  }

  /** Requires: nothing unstaged; inside an engine transaction. */
  seal(): void {
    assert(this.#unstaged.length === 0, 'only staged entries are sealed')
    for (const slot of this.#unsealed) {
      const value = this.#valueBytes(slot)
      if (value === null) this.#table.delete(slot.bytes)
      else this.#table.put(slot.bytes, value)
    }
    // Only now: a table that is full leaves every entry as it was.
    for (const slot of this.#unsealed) slot.state = CLEAN
    this.#unsealed = []
    this.#ordered = null
    this.#evict(this.#slots.size - this.#entriesMax)
  }

  /** Applies a changelog record straight to the table. Requires: nothing cached. */
  restore(key: Uint8Array, value: Uint8Array | null): void {
    assert(this.#slots.size === 0, 'a store is restored before it is used')
    if (value === null) this.#table.delete(key)
    else this.#table.put(key, value)
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
    let at = 0
    for (const entry of this.#table.range({ from, to, reverse })) {
      let next = overlay[at]
      while (next !== undefined && sign * compareBytes(next.bytes, entry.key) < 0) {
        if (next.value !== undefined) yield next
        next = overlay[++at]
      }
      if (next !== undefined && compareBytes(next.bytes, entry.key) === 0) {
        if (next.value !== undefined) yield next
        at++
      } else yield this.#fromTable(entry.key, entry.value)
    }
    for (; at < overlay.length; at++) {
      const next = overlay[at]
      if (next?.value !== undefined) yield next
    }
  }

  count(): number {
    let count = this.#table.count()
    for (const slot of this.#unsealed) {
      const isSealed = this.#table.get(slot.bytes) !== undefined
      if (isSealed && slot.value === undefined) count--
      else if (!isSealed && slot.value !== undefined) count++
    }
    return count
  }

  #load(identity: unknown, key: K): Slot<K, V> {
    const slot: Slot<K, V> = {
      key,
      bytes: this.#codec.encodeKey(key),
      value: undefined,
      time: 0,
      state: CLEAN,
      recent: true,
    }
    const stored = this.#table.get(slot.bytes)
    if (stored !== undefined) this.#codec.readValue(stored, slot)
    this.#admit(identity, slot)
    return slot
  }

  #admit(identity: unknown, slot: Slot<K, V>): void {
    this.#slots.set(identity, slot)
    // A few at a time keeps the cost of a put flat.
    if (this.#slots.size > this.#entriesMax + 64) this.#evict(64)
  }

  /** A clock: recently touched and unsealed entries get another round. */
  #evict(count: number): void {
    let wanted = count
    let looks = wanted * 4
    for (const [identity, slot] of this.#slots) {
      if (wanted <= 0 || looks-- <= 0) return
      if (slot.state === CLEAN && !slot.recent) {
        this.#slots.delete(identity)
        wanted--
        continue
      }
      slot.recent = false
      this.#slots.delete(identity)
      this.#slots.set(identity, slot)
    }
  }

  #overlay(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse: boolean,
  ): Slot<K, V>[] {
    if (this.#unsealed.length === 0) return []
    if (this.#ordered === null) {
      this.#ordered = new sorted.default<string, Slot<K, V>>()
      for (const slot of this.#unsealed) this.#ordered.set(latin1(slot.bytes), slot)
    }
    const low = from === undefined ? '' : latin1(from)
    const found: Slot<K, V>[] = []
    for (const [name, slot] of this.#ordered.entries(low)) {
      if (to !== undefined && name >= latin1(to)) break
      found.push(slot)
    }
    return reverse ? found.reverse() : found
  }

  #fromTable(bytes: Uint8Array, value: Uint8Array): Slot<K, V> {
    const slot: Slot<K, V> = {
      key: this.#codec.decodeKey(bytes),
      bytes,
      value: undefined,
      time: 0,
      state: CLEAN,
      recent: false,
    }
    this.#codec.readValue(value, slot)
    return slot
  }

  #valueBytes(slot: Slot<K, V>): Uint8Array | null {
    return slot.value === undefined ? null : this.#codec.encodeValue(slot.value, slot.time)
  }
}

/** One character per byte, so that strings compare as the bytes do. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
