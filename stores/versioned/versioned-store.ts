// The versioned store: by key and time, so that it can say what a key's value was as of then. A version
// is a row at the time from which it is valid, until the next one's; "no value from here on" is a
// version too (versions.ts).
//
// Source of the semantics: Kafka Streams VersionedKeyValueStore. The history retention is inclusive: a
// put older than newest - retention is refused and counted; asking as of a time older than that gives
// the latest version if it was valid then, and otherwise nothing, though the row may still be there.
// The latest version never expires.
//
// Versions that no question can reach are deleted a bounded number per put, by a sweep that goes round
// the table: idle keys lose theirs too. Invariant: the newest time (cell `time`) is committed with the
// rows.

import { assert } from '#protocols/core/assert'
import { compareBytes } from '#protocols/core/bytes'
import { CACHE_ENTRIES, changelogOf } from '../cache/changes.ts'
import { lowerBound, type RowList, RowLists, type RowSlot } from '../cache/row-lists.ts'
import type {
  Cell,
  ChangelogSink,
  KeyRange,
  PutVersion,
  StoreLifecycle,
  StorePorts,
  Timestamped,
  Version,
  VersionedRow,
  VersionedSpec,
  VersionedStore,
  WalkOptions,
} from '../store.ts'
import { versionValues } from './versions.ts'

const SWEEP_PUTS = 32
const SWEEP_ROWS = 64
const TIME_BYTES = 8

export class VersionedStoreImpl<K, V> implements VersionedStore<K, V>, StoreLifecycle {
  readonly spec: VersionedSpec
  readonly #rows: RowLists<K, V | null>
  readonly #retentionMs: number
  readonly #observed: Cell
  #refused = 0
  #puts = 0
  /** Where the next sweep begins; undefined is the table's start. */
  #swept: Uint8Array | undefined

  constructor(spec: VersionedSpec<K, V>, ports: StorePorts) {
    assert(spec.historyRetentionMs >= 0, 'a retention is not negative')
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as VersionedSpec
    this.#retentionMs = spec.historyRetentionMs
    this.#observed = ports.cell('time')
    this.#rows = new RowLists<K, V | null>({
      table: ports.table,
      layout: { key: spec.key, segmentMs: null, hasTie: false },
      values: versionValues(spec.value),
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

  /** Newest time ever put; -1 before the first. */
  get observedTime(): number {
    return this.#observed.value
  }

  /** Puts and deletions that were refused since the store was opened. */
  get expired(): number {
    return this.#refused
  }

  put(key: K, value: V | null | undefined, time: number): PutVersion {
    if (!this.#admits(time)) return 'not-put'
    this.#rows.write(this.#rows.slot(key, time, 0), value ?? null, time)
    const list = this.#rows.list(key, 0)
    const next = list.rows[lowerBound(list.rows, time, 1)]
    this.#trim(list)
    if (++this.#puts >= SWEEP_PUTS) this.#sweep()
    return next === undefined ? 'latest' : next.key.time
  }

  delete(key: K, time: number): Timestamped<V> | undefined {
    if (!this.#admits(time)) return undefined
    const before = this.get(key, time)
    this.put(key, null, time)
    return before === undefined ? undefined : { value: before.value, time: before.time }
  }

  get(key: K, asOf = Number.MAX_SAFE_INTEGER): Version<V> | undefined {
    const { rows } = this.#rows.list(key, 0)
    const at = lowerBound(rows, asOf, 1) - 1
    if (asOf < this.#limit && at < rows.length - 1) return undefined
    return asVersion(rows, at)
  }

  history(key: K, from: number, to: number, options?: WalkOptions): readonly Version<V>[] {
    const { rows } = this.#rows.list(key, 0)
    const found: Version<V>[] = []
    if (from > to) return found
    const isPast = to < this.#limit
    let at = Math.max(0, lowerBound(rows, Math.max(from, Math.min(to, this.#limit)), 1) - 1)
    if (isPast) at = Math.max(at, rows.length - 1)
    for (; at < rows.length && (rows[at]?.key.time ?? 0) <= to; at++) {
      const version = asVersion(rows, at)
      if (version !== undefined) found.push(version)
    }
    return options?.reverse === true ? found.reverse() : found
  }

  *latest(keys: KeyRange<K> = {}, options?: WalkOptions): Generator<VersionedRow<K, V>> {
    const reverse = options?.reverse ?? false
    let kept: RowSlot<K, V | null> | undefined
    for (const slot of this.#rows.walk({ keys, from: 0, to: Number.MAX_SAFE_INTEGER, reverse })) {
      const isSame = kept !== undefined && isSameKey(kept, slot)
      // Upwards the last row of a key is its latest, downwards the first.
      if (!isSame && kept !== undefined) yield* asRow(kept)
      if (!isSame || !reverse) kept = slot
    }
    if (kept !== undefined) yield* asRow(kept)
  }

  /** Versions, those that wait to be deleted included. */
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

  get #limit(): number {
    return this.#observed.value - this.#retentionMs
  }

  #admits(time: number): boolean {
    assert(time >= 0, () => `a version's time is not negative, as ${time} is`)
    if (time < this.#limit) {
      this.#refused++
      return false
    }
    if (time > this.#observed.value) this.#observed.value = time
    return true
  }

  /** Lets memory go of versions that were over before the limit. */
  #trim(list: RowList<K, V | null>): void {
    const valid = list.rows[lowerBound(list.rows, this.#limit, 1) - 1]
    if (valid !== undefined) this.#rows.trim(list, valid.key.time)
  }

  /** A version is dead when the next one began at the limit or before; a last "no value", below it. */
  #sweep(): void {
    this.#puts = 0
    const limit = this.#limit
    let left = SWEEP_ROWS
    let before: RowSlot<K, V | null> | undefined
    for (const slot of this.#rows.sweep(this.#swept)) {
      if (before !== undefined) {
        const isLast = !isSameKey(before, slot)
        if (isLast ? isVoid(before, limit) : slot.key.time <= limit) this.#rows.forget(before)
      }
      before = slot
      if (--left < 0) break
    }
    if (left >= 0 && before !== undefined && isVoid(before, limit)) this.#rows.forget(before)
    this.#swept = left < 0 ? before?.bytes : undefined
  }
}

function asVersion<K, V>(
  rows: readonly RowSlot<K, V | null>[],
  at: number,
): Version<V> | undefined {
  const slot = rows[at]
  if (slot === undefined || slot.value === undefined || slot.value === null) return undefined
  const { value, key } = slot
  const next = rows[at + 1]
  return next === undefined
    ? { value, time: key.time }
    : { value, time: key.time, validTo: next.key.time }
}

function* asRow<K, V>({ key: row, value }: RowSlot<K, V | null>): Generator<VersionedRow<K, V>> {
  if (value !== undefined && value !== null) yield { key: row.key, value, time: row.time }
}

const isVoid = <K, V>({ key, value }: RowSlot<K, V | null>, limit: number): boolean =>
  value === null && key.time < limit

const isSameKey = <K, V>(a: RowSlot<K, V>, b: RowSlot<K, V>): boolean =>
  a.bytes.length === b.bytes.length &&
  compareBytes(a.bytes.subarray(0, -TIME_BYTES), b.bytes.subarray(0, -TIME_BYTES)) === 0
