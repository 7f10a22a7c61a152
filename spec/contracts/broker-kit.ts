// What the broker contract and its laws share: worlds, bells, batches.

import * as assert from 'uvu/assert'
import type {
  Append,
  Broker,
  PartitionBounds,
  Reader,
  TaskClaim,
  Transaction,
} from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { type Batch, BatchBuilder, BatchCursor } from '#protocols/records/batch'
import { within } from '../kit/within.ts'

/** One log, and as many brokers on it as a law opens. */
export interface BrokerWorld {
  open(): Promise<Broker>
  /** Moves the time of all brokers, ms, firing their timers. */
  advance(ms: number): Promise<void>
  /** One round of retention and compaction, with no patience for dirt. */
  maintain(): Promise<void>
  close(): Promise<void>
}

export type Law = (world: BrokerWorld) => Promise<void>
export type Declare = (title: string, body: Law) => void

export const NEVER_MS = 20_000

/** Counts rings and lets a law wait for the next one. */
export class Bell {
  rings = 0
  #heard = 0
  #wake: (() => void) | null = null

  readonly ring = (): void => {
    this.rings++
    this.#wake?.()
  }

  async next(): Promise<void> {
    if (this.rings === this.#heard) {
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await within(NEVER_MS, 'a ring', rung)
      this.#wake = null
    }
    this.#heard = this.rings
  }
}

/** `key=value` makes a record, `key=` one without a value, `=value` one without a key. */
export function batchOf(records: readonly string[], time = 1_000): Uint8Array {
  const builder = new BatchBuilder()
  addAll(builder, records, time)
  return Uint8Array.from(builder.finish())
}

export function changesOf(records: readonly string[], time = 1_000): BatchBuilder {
  const builder = new BatchBuilder()
  addAll(builder, records, time)
  return builder
}

function addAll(builder: BatchBuilder, records: readonly string[], time: number): void {
  records.forEach((record, i) => {
    const [key = '', value = ''] = record.split('=')
    builder.add(key === '' ? null : utf8(key), value === '' ? null : utf8(value), time + i)
  })
}

export const appendTo = (
  topic: string,
  partition: number,
  records: readonly string[],
  time?: number,
): Append => ({ to: { topic, partition }, batch: batchOf(records, time) })

/** `offset key=value` of each record of a batch. */
export function shown(batch: Batch, base: Offset): string[] {
  const cursor = new BatchCursor(batch, base)
  const all: string[] = []
  while (cursor.next()) {
    const { key, value } = cursor.record()
    all.push(`${cursor.offset} ${key ? fromUtf8(key) : ''}=${value ? fromUtf8(value) : ''}`)
  }
  return all
}

/** Everything a reader has at hand: of a broker in the same process, everything there is. */
export function drain(reader: Reader, bytesMax = 1 << 20): string[] {
  const all: string[] = []
  for (;;) {
    const batches = reader.take(bytesMax)
    if (batches.length === 0) return all
    for (const { batch, base } of batches) all.push(...shown(batch, base))
  }
}

export function readAll(broker: Broker, topic: string, partition = 0): string[] {
  const reader = broker.reader({ topic, partition }, 'earliest', () => {})
  try {
    return drain(reader)
  } finally {
    reader.close()
  }
}

/** Looks until there is an answer: what comes over a wire takes its time. */
export async function eventually<T>(what: string, look: () => T | null): Promise<T> {
  const startMs = performance.now()
  for (;;) {
    const found = look()
    if (found !== null) return found
    if (performance.now() - startMs > NEVER_MS)
      throw new Error(`${what}: not within ${NEVER_MS} ms`)
    await new Promise<void>((resolve) => setTimeout(resolve, 1))
  }
}

/** Everything a reader finds up to an offset. */
export async function gather(reader: Reader, until: number, bytesMax = 1 << 20): Promise<string[]> {
  const all: string[] = []
  return eventually(`a reader at ${until}`, () => {
    for (const { batch, base } of reader.take(bytesMax)) all.push(...shown(batch, base))
    return reader.position >= until ? all : null
  })
}

/** Everything in a partition now. */
export async function recordsIn(broker: Broker, topic: string, partition = 0): Promise<string[]> {
  const reader = broker.reader({ topic, partition }, 'earliest', () => {})
  try {
    return await gather(reader, await endOf(broker, topic, partition))
  } finally {
    reader.close()
  }
}

/** Offset after the last record of a partition. */
export async function endOf(broker: Broker, topic: string, partition = 0): Promise<Offset> {
  const bounds = (await broker.topics.describe(topic))?.bounds[partition]
  assert.ok(bounds !== undefined, `partition ${topic}/${partition} is there`)
  return bounds?.next ?? offset(0)
}

/** Records without their offsets, which grow, however wide the gaps between them are. */
export function texts(records: readonly string[]): string[] {
  const offsets = records.map((record) => Number.parseInt(record, 10))
  assert.equal(
    offsets,
    [...new Set(offsets)].sort((a, b) => a - b),
    'offsets grow',
  )
  return records.map((record) => record.slice(record.indexOf(' ') + 1))
}

/** Opening the reader, or a take of it, fails with this code. */
export function refusesTake(code: string, open: () => Reader): Promise<Error> {
  return refuses(code, async () => {
    const reader = open()
    await eventually(code, () => {
      reader.take(1)
      return null
    })
  })
}

export const claimOf = (host: string, partition = 0): TaskClaim => ({
  application: 'app',
  topology: 'flow',
  subtopology: 'count',
  partition,
  partitions: 2,
  host,
})

export const transactionOf = (parts: Partial<Transaction> = {}): Transaction => ({
  positions: [],
  changes: null,
  outputs: [],
  meta: EMPTY,
  ...parts,
})

export const inputAt = (next: number) => ({
  at: { topic: 'in', partition: 0 },
  next: offset(next),
})

/** Bounds of one partition. */
export async function boundsOf(broker: Broker, topic: string): Promise<PartitionBounds> {
  const bounds = (await broker.topics.describe(topic))?.bounds[0]
  assert.ok(bounds !== undefined, `topic ${topic} is there`)
  return bounds as PartitionBounds // asserted in the line above
}

/** The promise, or the function, fails with this code. */
export async function refuses(code: string, body: () => unknown): Promise<Error> {
  try {
    await body()
  } catch (error) {
    assert.ok(isMillraceError(error, code), `${code}, not ${String(error)}`)
    return error as Error // isMillraceError said so
  }
  throw new Error(`${code} was expected, but it went through`)
}
