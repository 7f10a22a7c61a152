// The window store: by key and the start of a window, expired by the newest start it was ever put.
// Rows are laid out by segments of half the retention (cache/row-codec.ts), values after eight bytes
// of the event time that wrote them.
//
// Source of the semantics: Kafka Streams WindowStore. A window is past its retention when its start is
// before newest - retention + 1; then it is not read, and a put of it is refused and counted. That is
// exact, and does not wait for rows to be deleted: that happens later, a bounded number per put, and is
// told to the changelog.
//
// Invariant: the newest start (cell `time`) and the number of the last duplicate (cell `tie`) are
// committed with the rows they speak of.

import { assert } from '#protocols/core/assert'
import { CACHE_ENTRIES, changelogOf } from '../cache/changes.ts'
import { keyValueCodec } from '../cache/codec.ts'
import { Expiry } from '../cache/expiry.ts'
import { lowerBound, RowLists, type RowSlot } from '../cache/row-lists.ts'
import type {
  Cell,
  ChangelogSink,
  KeyRange,
  StoreLifecycle,
  StorePorts,
  Timestamped,
  WalkOptions,
  WindowEntry,
  WindowRow,
  WindowSpec,
  WindowStore,
} from '../store.ts'

export class WindowStoreImpl<K, V> implements WindowStore<K, V>, StoreLifecycle {
  readonly spec: WindowSpec
  readonly #rows: RowLists<K, V>
  readonly #expiry: Expiry
  readonly #tie: Cell
  readonly #retainsDuplicates: boolean
  readonly #windowSizeMs: number

  constructor(spec: WindowSpec<K, V>, ports: StorePorts) {
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as WindowSpec
    this.#retainsDuplicates = spec.retainDuplicates ?? false
    this.#windowSizeMs = spec.windowSizeMs
    this.#tie = ports.cell('tie')
    this.#expiry = new Expiry(spec.retentionMs, ports.cell('time'))
    this.#rows = new RowLists<K, V>({
      table: ports.table,
      layout: {
        key: spec.key,
        segmentMs: this.#expiry.segmentMs,
        hasTie: this.#retainsDuplicates,
      },
      values: keyValueCodec(spec.key, spec.value, true),
      rowsMax: spec.cacheEntriesMax ?? CACHE_ENTRIES,
      bytesMax: ports.cacheBytes,
    })
  }

  get pending(): number {
    return this.#rows.pending
  }

  get pendingBytes(): number {
    return this.#rows.pendingBytes
  }

  /** Newest start ever put; -1 before the first. */
  get observedTime(): number {
    return this.#expiry.observed
  }

  /** Puts that were refused since the store was opened. */
  get expired(): number {
    return this.#expiry.refused
  }

  put(key: K, value: V | null | undefined, start: number, time = start): boolean {
    if (!this.#expiry.admits(start)) return false
    if (!this.#retainsDuplicates) {
      this.#change(this.#rows.slot(key, start, 0), value ?? undefined, time)
    } else if (value !== null && value !== undefined) {
      this.#change(this.#rows.slot(key, start, ++this.#tie.value), value, time)
    }
    return true
  }

  /**
   * For read-modify-write in one look-up: read the slot, then `write` it. Null when the window is past
   * its retention. Requires: no duplicates.
   */
  slot(key: K, start: number): RowSlot<K, V> | null {
    assert(!this.#retainsDuplicates, 'a window with duplicates has no slot of its own')
    return start < this.#expiry.liveFrom ? null : this.#rows.slot(key, start, 0)
  }

  /** As `put`, for a slot got from `slot`. Undefined deletes. */
  write(slot: RowSlot<K, V>, value: V | undefined, time: number): boolean {
    if (!this.#expiry.admits(slot.key.time)) return false
    this.#change(slot, value, time)
    return true
  }

  getTimestamped(key: K, start: number): Timestamped<V> | undefined {
    if (start < this.#expiry.liveFrom) return undefined
    const { rows } = this.#rows.list(key, Math.max(0, start))
    const slot = rows[lowerBound(rows, start, 0)]
    if (slot?.value === undefined || slot.key.time !== start) return undefined
    return { value: slot.value, time: slot.time }
  }

  fetch(key: K, start: number): V | undefined
  fetch(key: K, from: number, to: number, options?: WalkOptions): readonly WindowEntry<V>[]
  fetch(
    key: K,
    from: number,
    to?: number,
    options?: WalkOptions,
  ): V | undefined | readonly WindowEntry<V>[] {
    if (to === undefined) return this.getTimestamped(key, from)?.value
    const low = Math.max(0, from, this.#expiry.liveFrom)
    const found: WindowEntry<V>[] = []
    if (low > to) return found
    const list = this.#rows.find(key, low)
    if (list === null) return found
    this.#rows.trim(list, this.#expiry.liveFrom)
    const { rows } = list
    for (let i = lowerBound(rows, low, 0); i < rows.length; i++) {
      const slot = rows[i]
      if (slot === undefined || slot.key.time > to) break
      const { value, time } = slot
      if (value !== undefined) found.push({ start: slot.key.time, value, time })
    }
    return options?.reverse === true ? found.reverse() : found
  }

  fetchKeys(
    keys: KeyRange<K>,
    from: number,
    to: number,
    options?: WalkOptions,
  ): Iterable<WindowRow<K, V>> {
    return this.#walk(keys, from, to, options)
  }

  fetchAll(from: number, to: number, options?: WalkOptions): Iterable<WindowRow<K, V>> {
    return this.#walk({}, from, to, options)
  }

  all(options?: WalkOptions): Iterable<WindowRow<K, V>> {
    return this.#walk({}, 0, Number.MAX_SAFE_INTEGER, options)
  }

  /** Exact, but for windows past their retention that wait to be deleted. */
  approximateCount(): number {
    return this.#rows.count()
  }

  stage(sink: ChangelogSink): void {
    this.#rows.stage(this.spec.name, changelogOf(this.spec, sink))
  }

  seal(max?: number): boolean {
    return this.#rows.seal(max)
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    this.#rows.restore(key, value)
  }

  #change(slot: RowSlot<K, V>, value: V | undefined, time: number): void {
    this.#rows.write(slot, value, time)
    this.#expiry.step(this.#rows)
  }

  *#walk(
    keys: KeyRange<K>,
    from: number,
    to: number,
    options?: WalkOptions,
  ): Generator<WindowRow<K, V>> {
    const low = Math.max(0, from, this.#expiry.liveFrom)
    const walk = { keys, from: low, to, reverse: options?.reverse }
    for (const { key: row, value, time } of this.#rows.walk(walk)) {
      if (value === undefined) continue
      yield { key: row.key, start: row.time, end: row.time + this.#windowSizeMs, value, time }
    }
  }
}
