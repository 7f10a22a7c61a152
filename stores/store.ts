// What every state store promises, and how one is described.
//
// A store is an onion of layers, each one concern: metered, cached (write-behind), logged (every
// mutation becomes a changelog record), engine. Layers are composed, not multiplied: a kind of store
// says how its keys are laid out in bytes; the layers know nothing of kinds.
//
// A store belongs to one task and is touched by nobody else; all its methods are synchronous. It is
// true at exactly one changelog position, kept in the same engine transaction (its checkpoint).

import type { Serde } from '#protocols/serdes/serde'

/** How a store is asked for; part of the plan. */
export interface StoreSpec<K = unknown, V = unknown> {
  /** Unique in the topology; part of the changelog's keys, so renaming it loses the state. */
  readonly name: string
  readonly kind: 'keyvalue' | 'timestamped'
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Entries the write-behind cache may hold; 0 turns it off. Default 100,000. */
  readonly cacheEntriesMax?: number | undefined
  /** Whether mutations go to the changelog. Without it the store starts empty on every host. Default true. */
  readonly logged?: boolean | undefined
}

/** A mutation as bytes: what the changelog records and what a restore applies. Null deletes. */
export interface ChangelogSink {
  record(store: string, key: Uint8Array, value: Uint8Array | null, time: number): void
}

/**
 * The part of a store its task uses; what users see is KeyValueStore and its kin.
 * Mutations wait in memory until `stage` (before the broker commit) hands them to the changelog;
 * `seal` (some time after a commit, inside one engine transaction with the checkpoint) writes them to
 * the engine. So the engine never holds anything that was not committed.
 */
export interface StoreLifecycle {
  readonly spec: StoreSpec
  /** Hands mutations since the last stage to the changelog. */
  stage(sink: ChangelogSink): void
  /** Writes all staged mutations since the last seal to the engine. Only when nothing is unstaged. */
  seal(): void
  /** Applies one changelog record while restoring. Called inside an engine transaction. */
  restore(key: Uint8Array, value: Uint8Array | null): void
  /** Mutations held in memory; the task commits and seals early when they grow too many. */
  readonly pending: number
}

/** Read side of a key-value store: what interactive queries and joins may use. */
export interface ReadOnlyKeyValueStore<K, V> {
  get(key: K): V | undefined
  /** In the order of the serialised keys; `from` and `to` inclusive, absent means open. */
  range(from?: K, to?: K): Iterable<readonly [K, V]>
  reverseRange(from?: K, to?: K): Iterable<readonly [K, V]>
  all(): Iterable<readonly [K, V]>
  /** Exact for both engines, pending writes included. */
  approximateCount(): number
}

export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  /** A null or undefined value deletes. */
  put(key: K, value: V | null | undefined): void
  /** Returns what was there. */
  delete(key: K): V | undefined
  /** Returns what was there; writes only when nothing was. */
  putIfAbsent(key: K, value: V): V | undefined
}

/** A value and the event time of the record that wrote it. */
export interface Timestamped<V> {
  readonly value: V
  readonly time: number
}
