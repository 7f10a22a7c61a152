// The outbox: outputs of one transaction, encoded as they come and grouped by partition. Nothing
// leaves it before the commit; a task that fails drops it (steps 9 and 10 of a record's journey).
//
// A partition's records become one batch, or several once a batch is large enough to be read in one
// go. The key decides the partition by its bytes; a record without a key goes to one partition until
// the transaction ends, then to the next, so that batches stay large.

import type { Append } from '#protocols/broker/broker'
import { ByteWriter, type Write } from '#protocols/core/byte-writer'
import { BatchBuilder, type Compression } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import type { Output } from '../topology/node.ts'

const BATCH_BYTES = 256 * 1024

/** How batches are made. */
export interface Encoding {
  /** Default none. */
  readonly compression: Compression
  /** When the oldest record behind them came in, wall time, ms; default: nobody knows. */
  intakeTime(): number
}

export class Outbox {
  readonly #topics = new Map<string, TopicOutbox>()
  readonly #partitionCount: (topic: string) => number
  readonly #encoding: Encoding
  #taken: ReadonlyMap<string, number> = new Map()

  constructor(partitionCount: (topic: string) => number, encoding: Partial<Encoding> = {}) {
    this.#partitionCount = partitionCount
    this.#encoding = { compression: 'none', intakeTime: () => 0, ...encoding }
  }

  output<K, V>(topic: string, key: Serde<K>, value: Serde<V>): Output<K, V> {
    return new TypedOutput(this.#open(topic), key.write, value.write, key.unplacedBytes ?? 0)
  }

  raw(topic: string): Output<Uint8Array, Uint8Array> {
    return new TypedOutput(this.#open(topic), writeBytes, writeBytes, 0)
  }

  /** Bytes waiting, about. */
  get byteLength(): number {
    let bytes = 0
    for (const topic of this.#topics.values()) bytes += topic.byteLength
    return bytes
  }

  /** Everything waiting, as appends; the outbox is empty afterwards. */
  take(): Append[] {
    const appends: Append[] = []
    const taken = new Map<string, number>()
    for (const [name, topic] of this.#topics) {
      const records = topic.take(appends)
      if (records > 0) taken.set(name, records)
    }
    this.#taken = taken
    return appends
  }

  /** Records in what was taken last, by topic. */
  get taken(): ReadonlyMap<string, number> {
    return this.#taken
  }

  #open(name: string): TopicOutbox {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = new TopicOutbox(name, this.#partitionCount(name), this.#encoding)
      this.#topics.set(name, topic)
    }
    return topic
  }
}

class TopicOutbox {
  /** Bytes of records, counted as they come. */
  byteLength = 0
  readonly #name: string
  readonly #builders: readonly BatchBuilder[]
  readonly #full: Append[] = []
  readonly #encoding: Encoding
  #keyless = 0
  /** Records in finished batches. */
  #finished = 0

  constructor(name: string, partitions: number, encoding: Encoding) {
    this.#name = name
    this.#encoding = encoding
    this.#builders = Array.from({ length: partitions }, () => new BatchBuilder())
  }

  get partitions(): number {
    return this.#builders.length
  }

  /** @param chosen the partition; undefined for a record without a key */
  add<V>(
    key: ByteWriter | null,
    value: V | null,
    write: Write<V>,
    time: number,
    headers: Headers,
    chosen: number | undefined,
  ): void {
    const partition = chosen ?? this.#keyless
    const builder = this.#builders[partition] as BatchBuilder // partition < count
    const before = builder.byteLength
    builder.addTyped(key, writeWritten, value, write, time, headers)
    this.byteLength += builder.byteLength - before
    if (builder.byteLength >= BATCH_BYTES) this.#full.push(this.#finish(partition, builder))
  }

  /** Answers how many records that are. */
  take(into: Append[]): number {
    into.push(...this.#full)
    this.#full.length = 0
    this.#builders.forEach((builder, partition) => {
      if (builder.count > 0) into.push(this.#finish(partition, builder))
    })
    this.byteLength = 0
    this.#keyless = (this.#keyless + 1) % this.#builders.length
    const records = this.#finished
    this.#finished = 0
    return records
  }

  #finish(partition: number, builder: BatchBuilder): Append {
    this.#finished += builder.count
    const { compression, intakeTime } = this.#encoding
    const batch = builder.finish({ compression, intakeTime: intakeTime() })
    return { to: { topic: this.#name, partition }, batch }
  }
}

class TypedOutput<K, V> implements Output<K, V> {
  readonly #topic: TopicOutbox
  readonly #writeKey: Write<K>
  readonly #writeValue: Write<V>
  /** Bytes at the end of a key that have no say in its partition. */
  readonly #unplacedBytes: number
  readonly #key = new ByteWriter(256)

  constructor(topic: TopicOutbox, writeKey: Write<K>, writeValue: Write<V>, unplacedBytes: number) {
    this.#topic = topic
    this.#writeKey = writeKey
    this.#writeValue = writeValue
    this.#unplacedBytes = unplacedBytes
  }

  get partitions(): number {
    return this.#topic.partitions
  }

  emit(key: K | null, value: V | null, time: number, headers: Headers, partition?: number): void {
    if (key === null)
      return this.#topic.add(null, value, this.#writeValue, time, headers, partition)
    this.#key.clear()
    this.#writeKey(key, this.#key)
    const to = partition ?? this.#place()
    this.#topic.add(this.#key, value, this.#writeValue, time, headers, to)
  }

  #place(): number {
    const { partitions } = this.#topic
    if (partitions === 1) return 0
    return partitionOf(this.#key.buffer, this.#key.length - this.#unplacedBytes, partitions)
  }
}

const writeBytes: Write<Uint8Array> = (value, out) => out.bytes(value)

/** Copies key bytes; short ones without the cost of a native call. */
const writeWritten: Write<ByteWriter> = (key, out) => {
  const { buffer, length } = key
  out.reserve(length)
  if (length <= 24) {
    const to = out.buffer
    let at = out.length
    for (let i = 0; i < length; i++) to[at++] = buffer[i] as number // i < length
  } else buffer.copy(out.buffer, out.length, 0, length)
  out.length += length
}
