// What every state store promises, how one is described, and the faces that its users see.
//
// A store is an onion of layers, each one concern: metered, cached (write-behind), logged (every
// mutation becomes a changelog record), engine. Layers are composed, not multiplied: a kind of store
// says how its keys are laid out in bytes; the layers know nothing of kinds.
//
// A store belongs to one task and is touched by nobody else; all its methods are synchronous. It is
// true at exactly one changelog position, kept in the same engine transaction (its checkpoint).
//
// Times are event times in ms, not negative. Stores with a retention measure it by their own
// observed time, the newest time ever put, never by a clock.

import type { Serde } from '#protocols/serdes/serde'
import type { Table } from './engine/engine.ts'

/** How a store is asked for; part of the plan. */
export type StoreSpec<K = unknown, V = unknown> =
  | KeyValueSpec<K, V>
  | WindowSpec<K, V>
  | SessionSpec<K, V>
  | VersionedSpec<K, V>
  | BufferSpec<K, V>

interface CommonSpec<K, V> {
  /** Unique in the topology; part of the changelog's keys, so renaming it loses the state. */
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Entries the write-behind cache may hold, of about 64 MiB at most, less on a small machine; 0 turns it off. Default 100,000. */
  readonly cacheEntriesMax?: number | undefined
  /** Whether mutations go to the changelog. Without it the store starts empty on every host. Default true. */
  readonly logged?: boolean | undefined
}

export interface KeyValueSpec<K = unknown, V = unknown> extends CommonSpec<K, V> {
  /** `timestamped` keeps the event time beside each value. */
  readonly kind: 'keyvalue' | 'timestamped'
  /**
   * An entry is gone when stream time is this much past the time it was last written at. Entries of
   * such a store keep their time, whatever the kind. Default: they stay for ever.
   */
  readonly ttlMs?: number | undefined
}

export interface WindowSpec<K = unknown, V = unknown> extends CommonSpec<K, V> {
  readonly kind: 'window'
  /** From a window's start to its end, exclusive: what rows say, not a part of what is kept. */
  readonly windowSizeMs: number
  /** A window is gone when its start is this much behind the newest start put. */
  readonly retentionMs: number
  /** Every put of the same key and start is a row of its own. Default false: the newest replaces. */
  readonly retainDuplicates?: boolean | undefined
}

export interface SessionSpec<K = unknown, V = unknown> extends CommonSpec<K, V> {
  readonly kind: 'session'
  /** A session is gone when its end is this much behind the newest end put. */
  readonly retentionMs: number
}

export interface VersionedSpec<K = unknown, V = unknown> extends CommonSpec<K, V> {
  readonly kind: 'versioned'
  /** How far behind the newest time put versions can be asked for and put, inclusive. */
  readonly historyRetentionMs: number
}

export interface BufferSpec<K = unknown, V = unknown> extends CommonSpec<K, V> {
  readonly kind: 'buffer'
  /** `newest`: one entry per key, at the time of its first put. `all`: every put is an entry. */
  readonly keeps: 'newest' | 'all'
}

/** A mutation as bytes: what the changelog records and what a restore applies. Null deletes. */
export interface ChangelogSink {
  record(store: string, key: Uint8Array, value: Uint8Array | null, time: number): void
}

/** What a store stands on; given by the state of its task. */
export interface StorePorts {
  readonly table: Table
  /** A number of the store that is committed with the task: restored before the store is used. */
  cell(name: string): Cell
  /** What a cache may keep besides changes, encoded bytes, about, as of now. Default: 64 MiB. */
  readonly cacheBytes?: (() => number) | undefined
}

/** -1 until it was set. */
export interface Cell {
  value: number
}

/**
 * The part of a store its task uses; what users see is KeyValueStore and its kin.
 * Mutations wait in memory until `stage` (before the broker commit) hands them to the changelog;
 * `seal` (some time after a commit, in engine transactions that the checkpoint follows) writes them to
 * the engine. So the engine never holds anything that was not committed.
 */
export interface StoreLifecycle {
  readonly spec: StoreSpec
  /** Hands mutations since the last stage to the changelog. */
  stage(sink: ChangelogSink): void
  /**
   * Goes on with the seal under way, or begins one: writes mutations to the engine, at most so many
   * (default: all of the seal). True when it has those that waited when the seal began. Only when nothing
   * is unstaged.
   */
  seal(max?: number): boolean
  /** Applies one changelog record while restoring. Called inside an engine transaction. */
  restore(key: Uint8Array, value: Uint8Array | null): void
  /** Mutations held in memory; the task commits and seals early when they grow too many. */
  readonly pending: number
  /** Their values as they were staged, bytes; likewise. */
  readonly pendingBytes: number
}

/** Read side of a key-value store: what interactive queries and joins may use. */
export interface ReadOnlyKeyValueStore<K, V> {
  get(key: K): V | undefined
  getTimestamped(key: K): Timestamped<V> | undefined
  /** In the order of the serialised keys; `from` and `to` inclusive, absent means open. */
  range(from?: K, to?: K): Iterable<readonly [K, V]>
  reverseRange(from?: K, to?: K): Iterable<readonly [K, V]>
  all(): Iterable<readonly [K, V]>
  reverseAll(): Iterable<readonly [K, V]>
  /** Entries whose serialised keys begin with these bytes, in their order. */
  prefixScan(prefix: Uint8Array): Iterable<readonly [K, V]>
  /** Exact for both engines, pending writes included; with a time to live, dead entries too. */
  approximateCount(): number
}

export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  /** A null or undefined value deletes. */
  put(key: K, value: V | null | undefined, time?: number): void
  /** Returns what was there. */
  delete(key: K, time?: number): V | undefined
  /** Returns what was there; writes only when nothing was. */
  putIfAbsent(key: K, value: V | null, time?: number): V | undefined
}

/** A value and the event time of the record that wrote it. */
export interface Timestamped<V> {
  readonly value: V
  readonly time: number
}

/** Ascending unless `reverse`. */
export interface WalkOptions {
  readonly reverse?: boolean | undefined
}

/** A value in one window of a key that is known. */
export interface WindowEntry<V> extends Timestamped<V> {
  readonly start: number
}

/** A value in one window; `end` is exclusive. */
export interface WindowRow<K, V> extends WindowEntry<V> {
  readonly key: K
  readonly end: number
}

/**
 * Read side of a window store. Bounds are on the window's start, inclusive; windows past their
 * retention are never seen. Rows of one key come by start, duplicates in the order they were put;
 * rows of several keys by start, then serialised key.
 */
export interface ReadOnlyWindowStore<K, V> {
  fetch(key: K, start: number): V | undefined
  fetch(key: K, from: number, to: number, options?: WalkOptions): readonly WindowEntry<V>[]
  getTimestamped(key: K, start: number): Timestamped<V> | undefined
  /** Keys inclusive by serialised bytes; undefined means open. */
  fetchKeys(
    keys: KeyRange<K>,
    from: number,
    to: number,
    options?: WalkOptions,
  ): Iterable<WindowRow<K, V>>
  fetchAll(from: number, to: number, options?: WalkOptions): Iterable<WindowRow<K, V>>
  all(options?: WalkOptions): Iterable<WindowRow<K, V>>
  approximateCount(): number
}

export interface WindowStore<K, V> extends ReadOnlyWindowStore<K, V> {
  /**
   * A null value deletes; a store that retains duplicates ignores it. `time` is the event time of the
   * record that writes, by default the start. False: the window is past its retention; nothing was
   * put, and it is counted.
   */
  put(key: K, value: V | null | undefined, start: number, time?: number): boolean
  /**
   * For read-modify-write in one look-up: read the slot, then `write` it. Null when the window is past
   * its retention. Not for a store that retains duplicates.
   */
  slot(key: K, start: number): WindowSlot<V> | null
  /** As `put`, for a slot got from `slot` of this store for this record. Undefined deletes. */
  write(slot: WindowSlot<V>, value: V | undefined, time: number): boolean
  /** Newest start ever put; -1 before the first. */
  readonly observedTime: number
}

/** One window, as it is now; `value` is undefined when nothing is there. */
export interface WindowSlot<V> {
  readonly value: V | undefined
  readonly time: number
}

/** Inclusive bounds on serialised keys; undefined means open. */
export interface KeyRange<K> {
  readonly from?: K | undefined
  readonly to?: K | undefined
}

/** A session of a key, from its first record's time to its last one's, both inclusive. */
export interface Session<K> {
  readonly key: K
  readonly start: number
  readonly end: number
}

export interface SessionRow<K, V> extends Session<K> {
  readonly value: V
}

/**
 * Read side of a session store. Sessions of one key come by end, then start; those of several keys by
 * end, then serialised key, then start. Sessions past their retention are never seen.
 */
export interface ReadOnlySessionStore<K, V> {
  fetchSession(key: K, start: number, end: number): V | undefined
  fetch(key: K): readonly SessionRow<K, V>[]
  backwardFetch(key: K): readonly SessionRow<K, V>[]
  /** Sessions that end at `earliestEnd` or later and start at `latestStart` or before. */
  findSessions(
    key: K,
    earliestEnd: number,
    latestStart: number,
    options?: WalkOptions,
  ): readonly SessionRow<K, V>[]
  findSessionsOfKeys(
    keys: KeyRange<K>,
    earliestEnd: number,
    latestStart: number,
    options?: WalkOptions,
  ): Iterable<SessionRow<K, V>>
  fetchKeys(keys: KeyRange<K>, options?: WalkOptions): Iterable<SessionRow<K, V>>
  all(options?: WalkOptions): Iterable<SessionRow<K, V>>
  approximateCount(): number
}

export interface SessionStore<K, V> extends ReadOnlySessionStore<K, V> {
  /** A null value removes. False: past its retention; nothing was put, and it is counted. */
  put(session: Session<K>, value: V | null | undefined): boolean
  remove(session: Session<K>): void
  /** Newest end ever put; -1 before the first. */
  readonly observedTime: number
}

/** A version of a key's value: valid from `time` until `validTo`, exclusive; undefined is until now. */
export interface Version<V> extends Timestamped<V> {
  readonly validTo?: number | undefined
}

/** Read side of a versioned store: what a key's value was as of some time. */
export interface ReadOnlyVersionedStore<K, V> {
  /** The latest version. It never expires. */
  get(key: K): Version<V> | undefined
  /** The version valid at `asOf`; undefined when that is past the retention, unless it is the latest. */
  get(key: K, asOf: number): Version<V> | undefined
  /** Versions valid at any time between `from` and `to`, inclusive, within the retention, by time. */
  history(key: K, from: number, to: number, options?: WalkOptions): readonly Version<V>[]
  /** The latest version of each key, by serialised key. */
  latest(keys?: KeyRange<K>, options?: WalkOptions): Iterable<VersionedRow<K, V>>
  approximateCount(): number
}

export interface VersionedRow<K, V> extends Timestamped<V> {
  readonly key: K
}

/**
 * What became of a version that was put: it is the `latest`; it was `not-put` for being past the
 * retention, and counted; or the time at which the version after it begins.
 */
export type PutVersion = 'latest' | 'not-put' | number

export interface VersionedStore<K, V> extends ReadOnlyVersionedStore<K, V> {
  /** A null value is a version too: from `time` on there is none. The same time again replaces. */
  put(key: K, value: V | null | undefined, time: number): PutVersion
  /** Puts null; returns what was valid at `time` before. */
  delete(key: K, time: number): Timestamped<V> | undefined
  /** Newest time ever put; -1 before the first. */
  readonly observedTime: number
}

export interface BufferEntry<K, V> {
  readonly time: number
  readonly key: K
  readonly value: V
}

/**
 * Entries in the order of time, then serialised key, then of being put. All of a buffer is held in
 * memory while its task runs, wherever it is kept.
 */
export interface BufferStore<K, V> {
  /**
   * A buffer that keeps the newest replaces the value of a key that is there and leaves it where it
   * is in time; one that keeps all adds an entry.
   */
  put(time: number, key: K, value: V): void
  /** The first entry of the key. */
  get(key: K): BufferEntry<K, V> | undefined
  has(key: K): boolean
  /** Removes the key's entries, at one time or all; returns how many there were. */
  remove(key: K, time?: number): number
  /** Time of the first entry; undefined when there is none. */
  readonly minTime: number | undefined
  /** Entries. */
  readonly size: number
  /** Serialised keys and values with 8 bytes of time each. */
  readonly bytes: number
  /** Takes out the first entry. */
  pop(): BufferEntry<K, V> | undefined
  /** Takes out entries while their time is `until` or before; each is gone before it is visited. */
  popUntil(until: number, visit: (entry: BufferEntry<K, V>) => void): number
  /** Looks at entries in order, up to a time, by default all. */
  entries(until?: number): Iterable<BufferEntry<K, V>>
}
