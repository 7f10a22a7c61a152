// Appends records from outside a task: places them by key as tasks do, and hands them over in batches.

import type { Append, Producer } from '#protocols/broker/broker'
import { BatchBuilder } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import type { Headers } from '#protocols/records/record'

const BATCH_BYTES = 256 * 1024
const FLUSH_BYTES = 4 * 1024 * 1024

export interface NewRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly time: number
  readonly headers: Headers
}

export interface WriterOptions {
  /** Wall time, ms: when records come in; default: nobody knows. */
  readonly now?: () => number
  /** Where the round of records without a key begins; default: at partition 0. */
  readonly keyless?: number
}

export class RecordWriter {
  readonly #producer: Producer
  readonly #topic: string
  readonly #builders: readonly BatchBuilder[]
  readonly #full: { readonly append: Append; readonly count: number }[] = []
  #keyless: number
  #bytes = 0
  #records = 0
  readonly #last = new Map<number, number>()
  readonly #now: () => number

  constructor(
    producer: Producer,
    topic: string,
    partitions: number,
    { now = () => 0, keyless = 0 }: WriterOptions = {},
  ) {
    this.#producer = producer
    this.#topic = topic
    this.#now = now
    this.#keyless = keyless
    this.#builders = Array.from({ length: partitions }, () => new BatchBuilder())
  }

  /** Records appended so far. */
  get records(): number {
    return this.#records
  }

  /** Of each partition that was appended to, the offset of the last record. */
  get last(): ReadonlyMap<number, number> {
    return this.#last
  }

  /** Takes a record in; true when it is time to flush. Records without a key go round. */
  add({ key, value, time, headers }: NewRecord): boolean {
    const count = this.#builders.length
    const partition = key === null ? this.#keyless++ % count : partitionOf(key, key.length, count)
    const builder = this.#builders[partition] as BatchBuilder // partition < count
    const before = builder.byteLength
    builder.add(key, value, time, headers)
    this.#bytes += builder.byteLength - before
    if (builder.byteLength >= BATCH_BYTES) this.#finish(partition, builder)
    return this.#bytes >= FLUSH_BYTES
  }

  /**
   * Appends everything taken in, in one step. Throws what the broker throws; what was refused is kept for
   * the next try.
   */
  async flush(): Promise<void> {
    this.#builders.forEach((builder, partition) => {
      if (builder.count > 0) this.#finish(partition, builder)
    })
    const appends = this.#full.splice(0)
    const bytes = this.#bytes
    this.#bytes = 0
    try {
      const bases = await this.#producer.append(appends.map(({ append }) => append))
      appends.forEach(({ append, count }, n) => {
        this.#last.set(append.to.partition, (bases[n] ?? 0) + count - 1)
      })
    } catch (error) {
      this.#full.unshift(...appends)
      this.#bytes += bytes
      throw error
    }
    this.#records += appends.reduce((sum, { count }) => sum + count, 0)
  }

  #finish(partition: number, builder: BatchBuilder): void {
    const { count } = builder
    const batch = builder.finish({ intakeTime: this.#now() })
    const append = { to: { topic: this.#topic, partition }, batch }
    this.#full.push({ append, count })
  }
}
