// A topic as a test sees it: typed records in, typed records out.

import type { Broker, Reader } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { BatchCursor } from '#protocols/records/batch'
import type { Header, StoredRecord } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { Topic } from '../dsl/topic.ts'
import { RecordWriter } from '../process/record-writer.ts'

/** A record to send: what a topic has no type for may be left out. */
export interface TestRecord<K, V> {
  /** Default: no key. */
  readonly key?: K
  /** Default: no value. */
  readonly value?: V | null
  /** Event time, ms; default: what the clock shows. */
  readonly time?: number
  readonly headers?: Readonly<Record<string, string | Uint8Array>>
}

/** A record that was read. */
export interface ReadRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly time: number
  readonly partition: number
  readonly offset: number
  readonly headers: Readonly<Record<string, Uint8Array>>
}

export class TestTopic<K, V> {
  readonly #topic: Topic<K, V>
  readonly #writer: RecordWriter
  readonly #readers: readonly (readonly [partition: number, reader: Reader])[]
  readonly #now: () => number

  constructor(topic: Topic<K, V>, partitions: number, broker: Broker, now: () => number) {
    this.#topic = topic
    this.#now = now
    this.#writer = new RecordWriter(broker.producer(), topic.name, partitions, now)
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
        headers: Object.entries(headers ?? {}).map(headerOf),
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
        while (cursor.next()) found.push(this.#read(partition, cursor.record()))
      }
    }
    return found
  }

  /** As `take`, keys and values only. */
  takeValues(): (readonly [K, V])[] {
    return this.take().map(({ key, value }) => [key, value])
  }

  #read(partition: number, record: StoredRecord): ReadRecord<K, V> {
    const { offset, time, headers } = record
    return {
      key: valueOrNull(this.#topic.key, record.key),
      value: valueOrNull(this.#topic.value, record.value),
      ...{ partition, offset, time },
      headers: Object.fromEntries(headers),
    }
  }
}

const headerOf = ([name, value]: [string, string | Uint8Array]): Header => [
  name,
  typeof value === 'string' ? utf8(value) : value,
]

const bytesOf = <T>(serde: Serde<T>, value: T): Uint8Array | null =>
  value === null ? null : encoded(serde, value)

/** Null where the record has nothing, whatever the type says: a test sees what is there. */
const valueOrNull = <T>(serde: Serde<T>, bytes: Uint8Array | null): T =>
  bytes === null ? (null as T) : decoded(serde, bytes)
