// The key-value store: by key, plain or timestamped. A thin face over the write-behind cache: it
// turns "null deletes" and inclusive bounds into what the layers below understand.
//
// Source of the semantics: Kafka Streams KeyValueStore and TimestampedKeyValueStore: ordered by
// serialised bytes, bounds inclusive, an inverted range is empty, putting null deletes.
//
// With a time to live an entry is dead when stream time, as the task hands it to `expire`, is that
// much past the entry's own. Reads go by that exactly; dead entries are deleted, and told to the
// changelog, a bounded number per `expire`, or when they are about to be written again. Stream time is
// committed with the entries (cell `time`), so nothing that died comes back.

import { afterPrefix, concatBytes } from '#protocols/core/bytes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { CACHE_ENTRIES, changelogOf, type Slot } from '../cache/changes.ts'
import { KEY_MARK, keyValueCodec, type StoreCodec } from '../cache/codec.ts'
import { WriteBehind } from '../cache/write-behind.ts'
import type {
  Cell,
  ChangelogSink,
  KeyValueSpec,
  KeyValueStore,
  StoreLifecycle,
  StorePorts,
  Timestamped,
} from '../store.ts'

const ZERO = new Uint8Array(1)
/** Least entries an `expire` looks at; more when more was written since the last. */
const SWEEP_ENTRIES = 256

export class KeyValueStoreImpl<K, V> implements KeyValueStore<K, V>, StoreLifecycle {
  readonly spec: KeyValueSpec
  readonly #cache: WriteBehind<K, V>
  readonly #codec: StoreCodec<K, V>
  /** Infinity: entries stay for ever. */
  readonly #ttlMs: number
  readonly #time: Cell
  #writes = 0
  /** Where the next sweep begins; undefined is the table's start. */
  #swept: Uint8Array | undefined

  constructor(spec: KeyValueSpec<K, V>, ports: StorePorts) {
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as KeyValueSpec
    this.#ttlMs = spec.ttlMs ?? Number.POSITIVE_INFINITY
    this.#time = spec.ttlMs === undefined ? { value: -1 } : ports.cell('time')
    const isTimestamped = spec.kind === 'timestamped' || spec.ttlMs !== undefined
    this.#codec = keyValueCodec(spec.key, spec.value, isTimestamped)
    const entriesMax = spec.cacheEntriesMax ?? CACHE_ENTRIES
    this.#cache = new WriteBehind(ports.table, this.#codec, entriesMax, ports.cacheBytes)
  }

  /** It has a time to live, and must be told of stream time. */
  get isMortal(): boolean {
    return this.#ttlMs !== Number.POSITIVE_INFINITY
  }

  /** Stream time is this far: before each record, so that what is dead to it does not depend on commits. */
  observe(streamTime: number): void {
    if (streamTime > this.#time.value) this.#time.value = streamTime
  }

  get pending(): number {
    return this.#cache.pending
  }

  get pendingBytes(): number {
    return this.#cache.pendingBytes
  }

  get(key: K): V | undefined {
    const slot = this.#cache.slot(key)
    return this.#isDead(slot) ? undefined : slot.value
  }

  /** The value with the event time it was written at; the time of a plain store is that of this run. */
  getTimestamped(key: K): Timestamped<V> | undefined {
    const slot = this.#cache.slot(key)
    const { value, time } = slot
    return value === undefined || this.#isDead(slot) ? undefined : { value, time }
  }

  put(key: K, value: V | null | undefined, time = 0): void {
    this.#writes++
    this.#cache.put(key, value ?? undefined, time)
  }

  delete(key: K, time = 0): V | undefined {
    const slot = this.slot(key)
    const before = slot.value
    if (before !== undefined) this.write(slot, undefined, time)
    return before
  }

  putIfAbsent(key: K, value: V | null | undefined, time = 0): V | undefined {
    const slot = this.slot(key)
    const before = slot.value
    // No value is no row, and that is what is there.
    if (before === undefined && (value ?? null) !== null) this.write(slot, value as V, time)
    return before
  }

  /** For read-modify-write in one look-up: read the slot, then `write` it. */
  slot(key: K): Slot<K, V> {
    const slot = this.#cache.slot(key)
    if (this.#isDead(slot)) this.#cache.write(slot, undefined, slot.time)
    return slot
  }

  write(slot: Slot<K, V>, value: V | undefined, time: number): void {
    this.#writes++
    this.#cache.write(slot, value, time)
  }

  range(from?: K, to?: K): Iterable<readonly [K, V]> {
    return this.#walk(from, to, false)
  }

  reverseRange(from?: K, to?: K): Iterable<readonly [K, V]> {
    return this.#walk(from, to, true)
  }

  all(): Iterable<readonly [K, V]> {
    return this.#walk(undefined, undefined, false)
  }

  reverseAll(): Iterable<readonly [K, V]> {
    return this.#walk(undefined, undefined, true)
  }

  prefixScan(prefix: Uint8Array): Iterable<readonly [K, V]> {
    const from = concatBytes(Uint8Array.of(KEY_MARK), prefix)
    return this.#between(from, afterPrefix(from), false)
  }

  /**
   * Moves stream time on and deletes some of the entries that are dead by then; returns how many.
   * Does nothing in a store without a time to live. Requires: nobody walks the store.
   */
  expire(streamTime: number): number {
    if (!this.isMortal) return 0
    this.observe(streamTime)
    let left = Math.max(SWEEP_ENTRIES, this.#writes * 2)
    let count = 0
    this.#writes = 0
    let last: Uint8Array | undefined
    for (const slot of this.#cache.range(this.#swept, undefined, false)) {
      last = slot.bytes
      if (left-- <= 0) break
      if (!this.#isDead(slot)) continue
      this.#cache.write(slot, undefined, slot.time)
      count++
    }
    this.#swept = left < 0 ? last : undefined
    return count
  }

  /**
   * Rows as their serdes write them, `from` and `to` inclusive, for those who ask from elsewhere.
   */
  rows(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    limit: number,
  ): { key: Uint8Array; value: Uint8Array; time: number | undefined }[] {
    const { key: keys, value: values, kind } = this.spec
    // A spec's serdes are those of its own store.
    const bound = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? undefined : (decoded(keys, bytes) as K)
    const rows: { key: Uint8Array; value: Uint8Array; time: number | undefined }[] = []
    for (const [key, value] of this.range(bound(from), bound(to))) {
      if (rows.length >= limit) break
      const time = kind === 'timestamped' ? this.getTimestamped(key)?.time : undefined
      rows.push({ key: encoded(keys, key), value: encoded(values, value), time })
    }
    return rows
  }

  approximateCount(): number {
    return this.#cache.count()
  }

  stage(sink: ChangelogSink): void {
    this.#cache.stage(this.spec.name, changelogOf(this.spec, sink))
  }

  seal(max?: number): boolean {
    return this.#cache.seal(max)
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    this.#cache.restore(key, value)
  }

  #walk(from: K | undefined, to: K | undefined, reverse: boolean): Iterable<readonly [K, V]> {
    const low = from === undefined ? undefined : this.#codec.encodeKey(from)
    // The smallest bytes after the key make an inclusive bound out of an exclusive one.
    const high = to === undefined ? undefined : concatBytes(this.#codec.encodeKey(to), ZERO)
    return this.#between(low, high, reverse)
  }

  *#between(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    reverse: boolean,
  ): Generator<readonly [K, V]> {
    for (const slot of this.#cache.range(from, to, reverse)) {
      if (slot.value !== undefined && !this.#isDead(slot)) yield [slot.key, slot.value]
    }
  }

  #isDead(slot: Slot<K, V>): boolean {
    return slot.time <= this.#time.value - this.#ttlMs && slot.value !== undefined
  }
}
