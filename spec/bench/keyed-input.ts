// Records with keys, in the order of their times: as a plain loop reads them, and as producers place
// them in the partitions of a topic.

import type { Topic } from 'millrace'
import type { Append, Broker } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import { NO_HEADERS } from '#protocols/records/record'

export interface KeyedInput {
  readonly topic: string
  readonly partitions: number
  readonly records: number
  /** All of them in order, as if there were one partition. */
  readonly batches: readonly Uint8Array[]
}

/** One input of a loop. */
export interface Replayed {
  readonly input: KeyedInput
  visit(cursor: BatchCursor): void
}

const BATCH_BYTES = 256 * 1024
const APPENDS = 16

/** Collects records of a topic. */
export class InputBuilder<K, V> {
  readonly #topic: Topic<K, V>
  readonly #builder = new BatchBuilder()
  readonly #batches: Uint8Array[] = []
  #records = 0

  constructor(topic: Topic<K, V>) {
    this.#topic = topic
  }

  /** Requires: times do not go back. */
  add(key: K, value: V, time: number): void {
    const { key: keys, value: values } = this.#topic
    this.#builder.addTyped(key, keys.write, value, values.write, time, NO_HEADERS)
    this.#records++
    if (this.#builder.byteLength >= BATCH_BYTES) this.#batches.push(this.#builder.finish())
  }

  finish(): KeyedInput {
    if (this.#builder.count > 0) this.#batches.push(this.#builder.finish())
    const { name, options } = this.#topic
    const partitions = options.partitions ?? 1
    return { topic: name, partitions, records: this.#records, batches: this.#batches }
  }
}

/** Visits the records of all inputs in the order of time; of one time, those of the first input first. */
export function replay(inputs: readonly Replayed[]): void {
  const walks = inputs.map(({ input, visit }) => ({ walk: new Walk(input.batches), visit }))
  for (;;) {
    let next: (typeof walks)[number] | null = null
    for (const each of walks) {
      if (each.walk.cursor === null) continue
      if (next === null || each.walk.time < next.walk.time) next = each
    }
    if (next === null || next.walk.cursor === null) return
    next.visit(next.walk.cursor)
    next.walk.advance()
  }
}

/** A place in some batches. */
class Walk {
  /** On the record it has come to; null at the end. */
  cursor: BatchCursor | null = null
  readonly #batches: readonly Uint8Array[]
  #next = 0

  constructor(batches: readonly Uint8Array[]) {
    this.#batches = batches
    this.advance()
  }

  get time(): number {
    return this.cursor?.time ?? Number.POSITIVE_INFINITY
  }

  advance(): void {
    while (this.cursor?.next() !== true) {
      const batch = this.#batches[this.#next++]
      this.cursor = batch === undefined ? null : new BatchCursor(readBatch(batch), offset(0))
      if (this.cursor === null) return
    }
  }
}

/** Appends every record to the partition of its key, in order. */
export async function fillByKey(broker: Broker, input: KeyedInput): Promise<void> {
  const { topic, partitions, batches } = input
  await broker.topics.ensure({ name: topic, partitions })
  const producer = broker.producer()
  const builders = Array.from({ length: partitions }, () => new BatchBuilder())
  let due: Append[] = []
  const take = (builder: BatchBuilder, partition: number): void => {
    due.push({ to: { topic, partition }, batch: builder.finish() })
  }
  for (const batch of batches) {
    const cursor = new BatchCursor(readBatch(batch), offset(0))
    while (cursor.next()) {
      const key = cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd)
      const partition = partitionOf(key, key.length, partitions)
      const builder = builders[partition] as BatchBuilder // one for each partition
      const { buffer, valueStart, valueEnd, time } = cursor
      builder.add(key, buffer.subarray(valueStart, valueEnd), time)
      if (builder.byteLength >= BATCH_BYTES) take(builder, partition)
    }
    if (due.length < APPENDS) continue
    await producer.append(due)
    due = []
  }
  for (const [partition, builder] of builders.entries()) {
    if (builder.count > 0) take(builder, partition)
  }
  await producer.append(due)
}
