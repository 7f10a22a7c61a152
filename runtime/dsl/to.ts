// How a stream is written to topics: to one, or to the one that each record asks for.

import { dynamicSink, type Partitioner, type RoutedRecord } from '#actors/operators/sink'
import { sinkTarget } from '../plan/compile.ts'
import type { Make, NodeBody } from '../plan/graph.ts'
import type { Named } from './stream.ts'
import { topic as declareTopic, type Topic, type Typed } from './topic.ts'

export interface ToOptions<K, V> extends Named {
  /**
   * Chooses the partition of a record: one, several, none at all, which drops it, or null for the
   * usual one. Default: by the bytes of the key.
   */
  readonly partitioner?: Partitioner<K, V> | undefined
}

/** Names the topic of a record. */
export type TopicOf<K, V> = (key: K, value: V, record: RoutedRecord) => string

export interface ToOneOf<K, V> extends ToOptions<K, V> {
  /** Every topic that may be named; one that is only a name has the key and value of these options. */
  readonly topics: readonly (Topic<K, V> | string)[]
  /** Default: bytes. */
  readonly key?: Typed<K> | undefined
  /** Default: bytes. */
  readonly value?: Typed<V> | undefined
}

export function sinkBody(
  topic: Topic<unknown, unknown> | TopicOf<unknown, unknown>,
  options: ToOneOf<unknown, unknown>,
): NodeBody {
  const { partitioner } = options
  if (typeof topic !== 'function') return { kind: 'sink', topic, partitioner }
  const { key, value } = options
  const topics = options.topics.map((it) =>
    typeof it === 'string' ? declareTopic<unknown, unknown>(it, { key, value }) : it,
  )
  const make = dynamicSink(topic, topics.map(sinkTarget), partitioner)
  // Operators are typed by their method; the graph holds them all alike.
  return { kind: 'operator', make: make as Make, dynamicTopics: topics }
}
