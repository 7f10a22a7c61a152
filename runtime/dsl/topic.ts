// topic: a name, what its keys and values are, and what to do with records that are not so. The same
// definition is used wherever the topic is read or written, so that both sides agree by type.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Cleanup } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { asSerde, serde } from '#protocols/serdes/serdes'
import type { OnFailure } from './on-failure.ts'

/** Anything that says what a value is: a serde, or a Standard Schema (Zod, Valibot, ArkType ...), kept as JSON. */
export type Typed<T> = Serde<T> | StandardSchemaV1<unknown, T>

export interface TopicOptions<K, V> {
  /** Default: bytes, or no key at all (`Uint8Array | null`). */
  readonly key?: Typed<K> | undefined
  /** Default: bytes. */
  readonly value?: Typed<V> | undefined
  /** Partitions when Millrace creates it; default 4. An existing topic must match when given. */
  readonly partitions?: number | undefined
  /** Default `delete`. */
  readonly cleanup?: Cleanup | undefined
  /** Keep at least this long, ms; default for ever. */
  readonly retentionMs?: number | undefined
  /** Keep at least this many bytes per partition; default unlimited. */
  readonly retentionBytes?: number | undefined
  /** False: belongs to somebody else; a missing topic is an error instead of being created. Default true. */
  readonly create?: boolean | undefined
  /**
   * The event time of a record, ms, where the topology reads the topic; default: the time it was
   * written with. A record whose time is negative is dropped and counted.
   * @param partitionTime the newest time seen in its partition; -1 before the first record
   */
  readonly timestamp?: ((record: TimedRecord<K, V>, partitionTime: number) => number) | undefined
  /** Records that cannot be read as declared. Default `fail`. */
  readonly onInvalid?: OnFailure | undefined
}

/** A record whose event time is being asked for. */
export interface TimedRecord<K, V> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: K
  readonly value: V
  /** The time it was written with. */
  readonly time: number
  readonly headers: Headers
}

export interface Topic<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
  readonly options: Omit<TopicOptions<K, V>, 'key' | 'value'>
  /** Internal: the name goes behind the application's. Default `user`. */
  readonly owner?: 'user' | 'internal' | undefined
}

/**
 * Declares a topic.
 * @throws MillraceError TOPIC_INVALID when the name is no good
 */
export function topic<K = Uint8Array | null, V = Uint8Array | null>(
  name: string,
  options: TopicOptions<K, V> = {},
): Topic<K, V> {
  const { key, value, ...rest } = options
  if (!/^[a-zA-Z0-9._-]{1,200}$/.test(name)) {
    throw new MillraceError({
      code: 'TOPIC_INVALID',
      what: `'${name}' cannot be a topic name`,
      hint: 'Names take a-z A-Z 0-9 . _ - and at most 200 characters',
    })
  }
  return { name, key: orBytes(key), value: orBytes(value), options: rest }
}

/** What the program says it is, else what is known; plans hold serdes of every type alike. */
export const declaredOr = <T, D extends Serde<unknown> | null>(
  typed: Typed<T> | undefined,
  known: D,
): Serde<unknown> | D => (typed === undefined ? known : (asSerde(typed) as Serde<unknown>))

function orBytes<T>(typed: Typed<T> | undefined): Serde<T> {
  if (typed !== undefined) return asSerde(typed)
  // Only reached when T is its default, `Uint8Array | null`.
  return serde.nullable(serde.bytes()) as unknown as Serde<T>
}
