// What a node of a running topology is and what it is given. A node is a closure: it receives a
// record and hands results to its children, synchronously and depth first, in the order in which the
// children were connected. Records travel as arguments, so that a hop allocates nothing.

import type { StreamTimeMs, WallTimeMs } from '#protocols/core/brands'
import type { Cancel } from '#protocols/core/clock'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { SessionStoreImpl } from '#stores/session/session-store'
import type { BufferStore, Timestamped, VersionedStore } from '#stores/store'
import type { WindowStoreImpl } from '#stores/window/window-store'

/** Takes one record: key, value, event time in ms. A null key or value means there is none. */
export type Receive<K = unknown, V = unknown> = (key: K, value: V, time: number) => void

/** What travels between table operators: the value before and after; null means none. */
export interface Change<V> {
  /** Undefined where nobody asked for it: see the planner's `sendsBefore`. */
  readonly before: V | null | undefined
  readonly after: V | null
  /** False: a newer version of the row is known (versioned tables); only history changed. */
  readonly isLatest?: boolean | undefined
}

/** Where the record being processed came from. */
export interface RecordContext {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Those of the input record; decoded when first asked for. */
  headers(): Headers
}

/** Why a record, or a part of what it would have done, went no further; counted per task. */
export type DropReason =
  | 'null-key'
  /** It has no key to place it by in a repartition topic. */
  | 'unplaced'
  | 'null-value'
  | 'unreadable'
  | 'negative-time'
  /** Its window is closed. */
  | 'late'
  /** The store no longer keeps that time. */
  | 'expired'
  /** A newer version of the row is known. */
  | 'out-of-order'
  /** A keyed actor's behavior threw, or an asynchronous call failed, and the policy passes over it. */
  | 'failed'
  /** A foreign-key answer to a question that is no longer asked. */
  | 'stale'

/** A number that survives restarts: it is part of every commit. */
export interface Cell {
  value: number
}

/** How rows of a table are looked up from another operator. */
export interface TableView<K = unknown, V = unknown> {
  /** The newest row; undefined when there is none. */
  get(key: K): Timestamped<V> | undefined
  /** The row that was valid at a time, ms; only tables with versions know. */
  getAsOf?(key: K, asOf: number): Timestamped<V> | undefined
}

/** What a store is, by its kind. */
export interface StoresByKind<K, V> {
  readonly keyvalue: KeyValueStoreImpl<K, V>
  readonly timestamped: KeyValueStoreImpl<K, V>
  readonly window: WindowStoreImpl<K, V>
  readonly session: SessionStoreImpl<K, V>
  readonly versioned: VersionedStore<K, V>
  readonly buffer: BufferStore<K, V>
}

export type PunctuationKind = 'stream-time' | 'wall-clock'

export interface Alarm {
  /** Event or wall time, ms; null: never. What is due already fires with the next look at the time. */
  set(atMs: number | null): void
}

/** A call to somebody else, which takes time: made outside the record path, answered as if a record came. */
export interface BackgroundCall<T> {
  /** The record on whose behalf it is made: `done` runs under it, and what `done` throws is its failure. */
  readonly record: RecordContext
  /** One attempt; begins at once, and each further one after the wait before it. */
  readonly run: (attempt: Attempt) => PromiseLike<T>
  /** Takes the outcome between two records, as part of the next commit. Never once the task closed. */
  readonly done: (outcome: Outcome<T>) => void
  /** An attempt that takes longer has failed, ms; infinite when none does. */
  readonly timeoutMs: number
  /** Further attempts after a failed one. */
  readonly retriesMax: number
  /** Wait before the second attempt, ms; twice as long before each further one, a minute at most. */
  readonly backoffMs: number
}

export interface Attempt {
  /** From 1. */
  readonly number: number
  /** Aborted when nobody waits for the attempt any more: its time is up, or the task closed. */
  readonly signal: AbortSignal
}

/** `skipped`: somebody said that the record is to be passed over; no attempt was made. */
export type Outcome<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error; readonly attempts: number }
  | { readonly kind: 'skipped' }

export interface NodeContext {
  readonly node: string
  readonly task: {
    readonly topology: string
    readonly subtopology: string
    readonly partition: number
  }
  /** Describes the record being processed; see `under`. */
  readonly record: RecordContext
  /** Newest event time this task has seen, ms. */
  streamTime(): StreamTimeMs
  wallClock(): WallTimeMs
  /** Hands a record to every child. */
  readonly forward: Receive
  /** The children one by one, in the order they were connected. */
  readonly children: readonly Receive[]
  /** A child by its node's name; undefined when there is none. */
  child(name: string): Receive | undefined
  store<K, V>(name: string): KeyValueStoreImpl<K, V>
  /** As `store`, for every kind. */
  storeOf<K, V, Kind extends keyof StoresByKind<K, V>>(
    name: string,
    kind: Kind,
  ): StoresByKind<K, V>[Kind]
  /** The rows of a global table, by its store. */
  global<K, V>(store: string): TableView<K, V>
  /** A durable number of this node. */
  cell(name: string, initial: number): Cell
  /** Something the nodes of a task share under a name; made by whoever comes first. */
  shared<T>(name: string, make: () => T): T
  /** The record being processed, to be used after it. */
  keepRecord(): RecordContext
  /** Runs with `record` describing another one: for what was kept and goes on later. */
  under(record: RecordContext, run: () => void): void
  /**
   * For what was kept and goes on later: a failure in the function is that one's, and not of the record
   * that is being processed meanwhile.
   */
  contained<A>(call: (kept: A) => void): (kept: A) => void
  /**
   * Calls `fire` every `intervalMs`. Stream time: at multiples counted from 0, after the record that
   * reached one; wall clock: first one interval from now. Missed ones fold into one call, the phase
   * stays. (Kafka Streams' punctuations.)
   */
  schedule(intervalMs: number, kind: PunctuationKind, fire: (timeMs: number) => void): Cancel
  /** One call at a time that can be moved; fired when stream time or the wall clock reaches it. */
  alarm(kind: PunctuationKind, fire: (timeMs: number) => void): Alarm
  /**
   * Calls `goOn` when no records come and stream time goes on without them (`idleAfterMs` of the plan):
   * a time is over for everything that waits for it. In the order of the nodes; it may forward.
   */
  onIdle(goOn: (streamTime: number) => void): void
  /** Calls `flush` before each commit, in the order of the nodes; it may forward. */
  beforeCommit(flush: () => void): void
  /** Calls `close` when the task ends; nothing can be forwarded any more. */
  onClose(close: () => void): void
  /** Asks for a commit soon after the current record. */
  requestCommit(): void
  /** Makes a call that takes time. Its result is nobody's until `done` has run. */
  background<T>(call: BackgroundCall<T>): void
  /** While any node says true, the task takes in no records; what comes back goes on. */
  holdInput(isHeld: boolean): void
  output<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Output<K, V>
  drop(reason: DropReason): void
}

/** The way out: encodes a record into the transaction of the task. */
export interface Output<K, V> {
  /** Partitions of the topic. */
  readonly partitions: number
  /** @param partition default: the key's, by its bytes */
  emit(key: K | null, value: V | null, time: number, headers: Headers, partition?: number): void
}
