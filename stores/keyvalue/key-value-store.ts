// The key-value store: by key, plain or timestamped. A thin face over the write-behind cache: it
// turns "null deletes" and inclusive bounds into what the layers below understand.
//
// Source of the semantics: Kafka Streams KeyValueStore and TimestampedKeyValueStore: ordered by
// serialised bytes, bounds inclusive, an inverted range is empty, putting null deletes.

import { concatBytes } from '#protocols/core/bytes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { keyValueCodec, type StoreCodec } from '../cache/codec.ts'
import { type Slot, WriteBehind } from '../cache/write-behind.ts'
import type { Table } from '../engine/engine.ts'
import type {
  ChangelogSink,
  KeyValueStore,
  StoreLifecycle,
  StoreSpec,
  Timestamped,
} from '../store.ts'

const CACHE_ENTRIES = 100_000
const ZERO = new Uint8Array(1)

export class KeyValueStoreImpl<K, V> implements KeyValueStore<K, V>, StoreLifecycle {
  readonly spec: StoreSpec
  readonly #cache: WriteBehind<K, V>
  readonly #codec: StoreCodec<K, V>
  readonly #isLogged: boolean

  constructor(spec: StoreSpec<K, V>, table: Table) {
    // A spec's serdes are only ever used with the keys and values of its own store.
    this.spec = spec as StoreSpec
    this.#codec = keyValueCodec(spec.key, spec.value, spec.kind === 'timestamped')
    this.#cache = new WriteBehind(table, this.#codec, spec.cacheEntriesMax ?? CACHE_ENTRIES)
    this.#isLogged = spec.logged ?? true
  }

  get pending(): number {
    return this.#cache.pending
  }

  get(key: K): V | undefined {
    return this.#cache.slot(key).value
  }

  /** The value with the event time it was written at; the time of a plain store is that of this run. */
  getTimestamped(key: K): Timestamped<V> | undefined {
    const { value, time } = this.#cache.slot(key)
    return value === undefined ? undefined : { value, time }
  }

  put(key: K, value: V | null | undefined, time = 0): void {
    this.#cache.put(key, value ?? undefined, time)
  }

  delete(key: K, time = 0): V | undefined {
    const slot = this.#cache.slot(key)
    const before = slot.value
    if (before !== undefined) this.#cache.write(slot, undefined, time)
    return before
  }

  putIfAbsent(key: K, value: V, time = 0): V | undefined {
    const slot = this.#cache.slot(key)
    if (slot.value === undefined) {
      this.#cache.write(slot, value, time)
      return undefined
    }
    return slot.value
  }

  /** For read-modify-write in one look-up: read the slot, then `write` it. */
  slot(key: K): Slot<K, V> {
    return this.#cache.slot(key)
  }

  write(slot: Slot<K, V>, value: V | undefined, time: number): void {
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

  /**
   * Rows as their serdes write them, `from` and `to` inclusive, for those who ask from elsewhere.
   */
  rows(
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    limit: number,
  ): { key: Uint8Array; value: Uint8Array }[] {
    const { key: keys, value: values } = this.spec
    // A spec's serdes are those of its own store.
    const bound = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? undefined : (decoded(keys, bytes) as K)
    const rows: { key: Uint8Array; value: Uint8Array }[] = []
    for (const [key, value] of this.range(bound(from), bound(to))) {
      if (rows.length >= limit) break
      rows.push({ key: encoded(keys, key), value: encoded(values, value) })
    }
    return rows
  }

  approximateCount(): number {
    return this.#cache.count()
  }

  stage(sink: ChangelogSink): void {
    this.#cache.stage(this.spec.name, this.#isLogged ? sink : NOWHERE)
  }

  seal(): void {
    this.#cache.seal()
  }

  restore(key: Uint8Array, value: Uint8Array | null): void {
    this.#cache.restore(key, value)
  }

  *#walk(from: K | undefined, to: K | undefined, reverse: boolean): Generator<readonly [K, V]> {
    const low = from === undefined ? undefined : this.#codec.encodeKey(from)
    // The smallest bytes after the key make an inclusive bound out of an exclusive one.
    const high = to === undefined ? undefined : concatBytes(this.#codec.encodeKey(to), ZERO)
    for (const { key, value } of this.#cache.range(low, high, reverse)) {
      if (value !== undefined) yield [key, value]
    }
  }
}

const NOWHERE: ChangelogSink = { record() {} }
