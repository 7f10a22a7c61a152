// What a pipeline or a loop came to: rows that can be compared, whatever the order in which partitions
// were read. Of a table, only the newest value of each key counts.

import { crc32 } from 'node:zlib'
import type { Topic } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'

/** Which records of an output count: each, or the newest of each key. */
export type Counts = 'every' | 'newest'

/** How a loop says what comes of it; null deletes a row. */
export type Emit<K, V> = (key: K, value: V | null, time: number) => void

/** Sums of what was found, by name; equal outcomes have equal ones. */
export type Tally = Readonly<Record<string, number>>

interface Row {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const OUT_BYTES = 256 * 1024

export class Outcome {
  readonly #counts: Counts
  readonly #rows: Row[] = []
  readonly #newest = new Map<string, Row>()

  constructor(counts: Counts) {
    this.#counts = counts
  }

  /** All records of the cursor. */
  add(cursor: BatchCursor): void {
    while (cursor.next()) {
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      const key = buffer.subarray(Math.max(0, keyStart), Math.max(0, keyEnd))
      const value = buffer.subarray(Math.max(0, valueStart), Math.max(0, valueEnd))
      if (this.#counts === 'every') {
        this.#rows.push({ key, value })
        continue
      }
      const name = key.toString('latin1')
      if (valueStart < 0) this.#newest.delete(name)
      else this.#newest.set(name, { key, value })
    }
  }

  /** How many rows there are, and a sum over all of their bytes. */
  tally(): Tally {
    let sum = 0
    for (const { key, value } of this.#all()) sum += crc32(value, crc32(key))
    return { rows: this.#all().length, sum }
  }

  rows<K, V>({ key, value }: Topic<K, V>): (readonly [K, V])[] {
    return this.#all().map((row) => [read(key, row.key), read(value, row.value)])
  }

  #all(): readonly Row[] {
    return this.#counts === 'every' ? this.#rows : [...this.#newest.values()]
  }
}

const read = <T>(serde: Serde<T>, bytes: Uint8Array): T => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return serde.read(buffer, 0, buffer.length)
}

/** What is in a topic. */
export function outcomeIn(
  broker: Broker,
  { name, options }: Topic<unknown, unknown>,
  counts: Counts,
): Outcome {
  const outcome = new Outcome(counts)
  for (let partition = 0; partition < (options.partitions ?? 1); partition++) {
    const reader = broker.reader({ topic: name, partition }, 'earliest', () => {})
    for (const { batch, base } of reader.take(Number.MAX_SAFE_INTEGER)) {
      outcome.add(new BatchCursor(batch, base))
    }
    reader.close()
  }
  return outcome
}

/** Encodes what a loop emits, as a producer would. */
export class Emitted<K, V> {
  readonly #topic: Topic<K, V>
  readonly #use: (batch: Uint8Array) => void
  readonly #builder = new BatchBuilder()

  /** @param use what becomes of the batches */
  constructor(topic: Topic<K, V>, use: (batch: Uint8Array) => void = () => {}) {
    this.#topic = topic
    this.#use = use
  }

  readonly emit: Emit<K, V> = (key, value, time) => {
    const { key: keys, value: values } = this.#topic
    this.#builder.addTyped(key, keys.write, value, values.write, time, NO_HEADERS)
    if (this.#builder.byteLength >= OUT_BYTES) this.#use(this.#builder.finish())
  }

  finish(): void {
    if (this.#builder.count > 0) this.#use(this.#builder.finish())
  }
}

/** What is in batches that a loop made. */
export function outcomeOf(batches: readonly Uint8Array[], counts: Counts): Outcome {
  const outcome = new Outcome(counts)
  for (const batch of batches) outcome.add(new BatchCursor(readBatch(batch), offset(0)))
  return outcome
}
