// Topics from outside any topology: what a program of your own sends to them, and reads from them.

import type { Broker, Producer } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { Bell } from '#protocols/core/bell'
import { offset } from '#protocols/core/brands'
import type { Clock } from '#protocols/core/clock'
import { asError, MillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import type { StoredRecord } from '#protocols/records/record'
import type { Topic } from '../dsl/topic.ts'
import { RecordWriter } from './record-writer.ts'
import type { RecordPlace } from './store-query.ts'
import {
  bytesOf,
  type GivenHeaders,
  headersOf,
  type ReadRecord,
  received,
} from './typed-records.ts'

/** What topics are to a program of your own: producers and consumers in one. */
export interface Topics {
  /**
   * Appends records in the order given, all in one step: when the promise is kept they are as durable as
   * the broker promises. Those of one key stay in order, those without a key go round. Calls need not wait
   * for one another. A call that was refused is not tried again: embedded, nothing of it was stored; over
   * NATS some of it may have been.
   * @returns of each partition that was written to, where the last record is: as `atLeast` of a query, it
   *   waits for what becomes of them
   * @throws MillraceError TOPIC_UNKNOWN, VALUE_REFUSED, TIME_INVALID, DISK_FULL, LOG_FULL, CLOSED
   */
  send<K, V>(topic: Topic<K, V>, ...records: readonly SentRecord<K, V>[]): Promise<RecordPlace[]>
  /**
   * Records as they come, all partitions, each in order, until the loop is left, `signal` is aborted or the
   * connection is closed. Where it got to is yours to keep: `after`.
   * @throws MillraceError OPTION_INVALID, TOPIC_UNKNOWN, RECORD_UNREADABLE, OFFSET_OUT_OF_RANGE, CLOSED
   */
  read<K, V>(topic: Topic<K, V>, options?: ReadTopicOptions): AsyncIterable<ReceivedRecord<K, V>>
}

/** A key may be left out where the topic has records without one; no value (null) deletes a row of a table. */
export type SentRecord<K, V> = (null extends K ? { readonly key?: K } : { readonly key: K }) & {
  readonly value: V | null
  /** Event time, ms; default: now. */
  readonly time?: number | undefined
  readonly headers?: GivenHeaders | undefined
}

/** A record and its place, so that it can be given as `after` or `atLeast`. */
export interface ReceivedRecord<K, V> extends ReadRecord<K, V>, RecordPlace {}

export interface ReadTopicOptions {
  /** Where to begin; `latest` is with what comes from the first step of the loop on. Default `earliest`. */
  readonly from?: 'earliest' | 'latest' | undefined
  /** Begin behind these records, in their partitions: the newest that was dealt with in each. */
  readonly after?: readonly RecordPlace[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** Bytes that are taken of one partition before the next has its turn. */
const TAKE_BYTES = 1024 * 1024

export class TopicPost implements Topics {
  readonly #broker: Broker
  readonly #clock: Clock
  readonly #producer: Producer
  readonly #partitions = new Map<string, Promise<number>>()
  readonly #bells = new Set<Bell>()
  #sent = 0
  #isClosed = false

  constructor(broker: Broker, clock: Clock) {
    this.#broker = broker
    this.#clock = clock
    this.#producer = broker.producer()
  }

  async send<K, V>(
    topic: Topic<K, V>,
    ...records: readonly SentRecord<K, V>[]
  ): Promise<RecordPlace[]> {
    const { name } = topic
    // Always waited for, so that calls stay in the order they were made in.
    const partitions = await this.#partitionsOf(name)
    const writer = new RecordWriter(this.#producer, name, partitions, {
      now: () => this.#clock.now(),
      keyless: this.#sent,
    })
    for (const { key = null, value, time = this.#clock.now(), headers } of records) {
      const bytes = { key: bytesOf(topic.key, key), value: bytesOf(topic.value, value) }
      writer.add({ ...bytes, time, headers: headersOf(headers) })
    }
    this.#sent += records.length
    await writer.flush()
    return Array.from(writer.last, ([partition, at]) => ({ topic: name, partition, offset: at }))
  }

  async *read<K, V>(
    topic: Topic<K, V>,
    { from = 'earliest', after = [], signal }: ReadTopicOptions = {},
  ): AsyncGenerator<ReceivedRecord<K, V>, void, undefined> {
    const { name } = topic
    if (from !== 'earliest' && from !== 'latest') throw fromUnknown(from)
    const partitions = await this.#partitionsOf(name)
    const bell = new Bell()
    const stop = (): void => bell.stop()
    const readers = Array.from({ length: partitions }, (_, partition) => {
      const place = after.find((it) => it.topic === name && it.partition === partition)
      const start = place === undefined ? from : offset(place.offset + 1)
      return this.#broker.reader({ topic: name, partition }, start, () => bell.ring())
    })
    this.#bells.add(bell)
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    try {
      while (!bell.isStopped) {
        let isEmpty = true
        for (const [partition, reader] of readers.entries()) {
          for (const { base, batch } of reader.take(TAKE_BYTES)) {
            isEmpty = false
            const cursor = new BatchCursor(batch, base)
            while (cursor.next()) {
              yield readAs(topic, partition, cursor.record())
              if (bell.isStopped) return
            }
          }
        }
        if (isEmpty) await bell.wait()
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#bells.delete(bell)
      for (const reader of readers) reader.close()
    }
  }

  /** Ends every loop that reads. */
  close(): void {
    this.#isClosed = true
    for (const bell of this.#bells) bell.stop()
  }

  #partitionsOf(name: string): Promise<number> {
    if (this.#isClosed) return Promise.reject(closed())
    const known = this.#partitions.get(name) ?? this.#lookUp(name)
    this.#partitions.set(name, known)
    return known
  }

  /** What was not there may be there the next time. */
  async #lookUp(name: string): Promise<number> {
    try {
      const found = await this.#broker.topics.describe(name)
      if (found === null) throw topicUnknown(name)
      return found.partitions
    } catch (error) {
      this.#partitions.delete(name)
      throw error
    }
  }
}

function readAs<K, V>(
  topic: Topic<K, V>,
  partition: number,
  record: StoredRecord,
): ReceivedRecord<K, V> {
  try {
    return { topic: topic.name, ...received(topic, partition, record) }
  } catch (thrown) {
    throw new MillraceError({
      code: 'RECORD_UNREADABLE',
      what: `the record is not what the topic declares: ${asError(thrown).message}`,
      where: `${topic.name}/${partition} offset ${record.offset}`,
      hint: `Correct the topic's serdes; or go on behind it: after: [{ topic: '${topic.name}', partition: ${partition}, offset: ${record.offset} }]`,
      cause: thrown,
    })
  }
}

const fromUnknown = (from: unknown): MillraceError =>
  new MillraceError({
    code: 'OPTION_INVALID',
    what: `a topic cannot be read from '${from}'`,
    hint: "It takes 'earliest' or 'latest'; behind records that were read: after",
  })

export const closed = (): MillraceError =>
  new MillraceError({
    code: 'CLOSED',
    what: 'it was closed',
    hint: 'Close a client or a host after its last use; await using does so at the end of the block',
  })
