// What a node of a running topology is and what it is given. A node is a closure: it receives a
// record and hands results to its children, synchronously and depth first, in the order in which the
// children were connected. Records travel as arguments, so that a hop allocates nothing.

import type { StreamTimeMs } from '#protocols/core/brands'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'

/** Takes one record: key, value, event time in ms. A null key or value means there is none. */
export type Receive<K = unknown, V = unknown> = (key: K, value: V, time: number) => void

/** What travels between table operators: the value before and after; null means none. */
export interface Change<V> {
  readonly before: V | null
  readonly after: V | null
}

/** Where the record being processed came from. */
export interface RecordContext {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Those of the input record; decoded when first asked for. */
  headers(): Headers
}

/** Why a record went no further; counted per task. */
export type DropReason = 'null-key' | 'null-value' | 'unreadable' | 'negative-time'

export interface NodeContext {
  readonly node: string
  readonly record: RecordContext
  /** Newest event time this task has seen. */
  streamTime(): StreamTimeMs
  /** Hands a record to every child. */
  readonly forward: Receive
  /** The children one by one, in the order they were connected. */
  readonly children: readonly Receive[]
  store<K, V>(name: string): KeyValueStoreImpl<K, V>
  output<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Output<K, V>
  drop(reason: DropReason): void
}

/** The way out: encodes a record into the transaction of the task. */
export interface Output<K, V> {
  emit(key: K | null, value: V | null, time: number, headers: Headers): void
}
