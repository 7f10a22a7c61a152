// A topic as a test sees it: typed records in, typed records out.

import type { Broker, Reader } from '#protocols/broker/broker'
import { BatchCursor } from '#protocols/records/batch'
import type { Topic } from '../dsl/topic.ts'
import { RecordWriter } from '../process/record-writer.ts'
import {
  bytesOf,
  type GivenHeaders,
  headersOf,
  type ReadRecord,
  received,
} from '../process/typed-records.ts'

/** A record to send: what a topic has no type for may be left out. */
export interface TestRecord<K, V> {
  /** Default: no key. */
  readonly key?: K
  /** Default: no value. */
  readonly value?: V | null
  /** Event time, ms; default: what the clock shows. */
  readonly time?: number
  readonly headers?: GivenHeaders
}

export class TestTopic<K, V> {
  readonly #topic: Topic<K, V>
  readonly #writer: RecordWriter
  readonly #readers: readonly (readonly [partition: number, reader: Reader])[]
  readonly #now: () => number

  constructor(topic: Topic<K, V>, partitions: number, broker: Broker, now: () => number) {
    this.#topic = topic
    this.#now = now
    this.#writer = new RecordWriter(broker.producer(), topic.name, partitions, { now })
    this.#readers = Array.from({ length: partitions }, (_, partition) => {
      const at = { topic: topic.name, partition }
      return [partition, broker.reader(at, 'earliest', () => {})]
    })
  }

  /** Appends records; they are processed by the next `settle` or `advance`. */
  send(...records: readonly TestRecord<K, V>[]): void {
    for (const { key, value, time, headers } of records) {
      this.#writer.add({
        key: key === undefined ? null : bytesOf(this.#topic.key, key),
        value: value === undefined || value === null ? null : bytesOf(this.#topic.value, value),
        time: time ?? this.#now(),
        headers: headersOf(headers),
      })
    }
    void this.flush()
  }

  /** Appends bytes that need not be what the topic declares. */
  sendRaw(key: Uint8Array | null, value: Uint8Array | null): void {
    this.#writer.add({ key, value, time: this.#now(), headers: [] })
    void this.flush()
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  /** Records that came since the last take, partition by partition in offset order. */
  take(): ReadRecord<K, V>[] {
    const found: ReadRecord<K, V>[] = []
    for (const [partition, reader] of this.#readers) {
      for (const { base, batch } of reader.take(Number.MAX_SAFE_INTEGER)) {
        const cursor = new BatchCursor(batch, base)
        while (cursor.next()) found.push(received(this.#topic, partition, cursor.record()))
      }
    }
    return found
  }

  /** As `take`, keys and values only. */
  takeValues(): (readonly [K, V])[] {
    return this.take().map(({ key, value }) => [key, value])
  }
}
