// sink: encodes records into the task's transaction. Headers are those of the input record. A sink
// into a repartition topic drops records without a key, where nothing downstream has a use for them.
//
// Source of the semantics: Kafka Streams' sinks, StreamPartitioner and TopicNameExtractor. A partitioner
// may name one partition or several; none at all drops the record; null leaves it to the key.

import { MillraceError } from '#protocols/core/errors'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { guarded } from '../topology/guard.ts'
import type { NodeContext, Output, Receive } from '../topology/node.ts'

/** Says where a record goes, of so many partitions; null: by the bytes of its key. */
export type Partitioner<K, V> = (
  key: K,
  value: V,
  partitions: number,
) => number | readonly number[] | null

export interface SinkTarget<K, V> {
  readonly topic: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** A record whose topic is being asked for. */
export interface RoutedRecord {
  /** Event time, ms. */
  readonly time: number
  /** Of the record being processed. */
  readonly headers: Headers
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export const sink =
  <K, V>({ topic, key, value }: SinkTarget<K, V>, partitioner?: Partitioner<K | null, V | null>) =>
  (context: NodeContext): Receive<K | null, V | null> =>
    emitting(context, context.output(topic, key, value), partitioner)

export const repartition =
  <K, V>({ topic, key, value }: SinkTarget<K, V>, partitioner?: Partitioner<K | null, V | null>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const emit = emitting(context, context.output(topic, key, value), partitioner)
    if (key.isNullable === true) return emit
    return (k, v, time) => {
      if (k === null) return context.drop('unplaced')
      emit(k, v, time)
    }
  }

/** A sink that writes each record to the topic it is told to; one of `topics`. */
export const dynamicSink =
  <K, V>(
    topicOf: (key: K | null, value: V | null, record: RoutedRecord) => string,
    topics: readonly SinkTarget<K, V>[],
    partitioner?: Partitioner<K | null, V | null>,
  ) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { record, node } = context
    const named = guarded(node, topicOf)
    const emits = new Map(
      topics.map(({ topic, key, value }) => {
        return [topic, emitting(context, context.output(topic, key, value), partitioner)] as const
      }),
    )
    return (k, v, time) => {
      const { topic, partition, offset } = record
      const to = named(k, v, { time, headers: record.headers(), topic, partition, offset })
      const emit = emits.get(to)
      if (emit === undefined) throw topicUndeclared(node, to)
      emit(k, v, time)
    }
  }

function emitting<K, V>(
  context: NodeContext,
  output: Output<K, V>,
  partitioner: Partitioner<K | null, V | null> | undefined,
): Receive<K | null, V | null> {
  const { record } = context
  if (partitioner === undefined) return (k, v, time) => output.emit(k, v, time, record.headers())
  const chosen = guarded(context.node, partitioner)
  return (k, v, time) => {
    const to = chosen(k, v, output.partitions)
    const headers = record.headers()
    if (to === null || typeof to === 'number') {
      return output.emit(k, v, time, headers, checked(context.node, output, to))
    }
    if (to.length === 0) return context.drop('unplaced')
    for (const at of to) output.emit(k, v, time, headers, checked(context.node, output, at))
  }
}

function checked<K, V>(node: string, output: Output<K, V>, at: number | null): number | undefined {
  if (at === null) return undefined
  if (Number.isInteger(at) && at >= 0 && at < output.partitions) return at
  throw new MillraceError({
    code: 'PARTITION_INVALID',
    what: `the partitioner of '${node}' answers ${at}, but there are ${output.partitions} partitions`,
    hint: 'Answer a whole number from 0 to partitions - 1, several, or null for the key to decide',
  })
}

const topicUndeclared = (node: string, topic: string): MillraceError =>
  new MillraceError({
    code: 'TOPIC_UNDECLARED',
    what: `'${node}' writes to '${topic}', which the topology does not name`,
    hint: 'List every topic it may write to: to(topicOf, { topics: [...] })',
  })
