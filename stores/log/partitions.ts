// Partitions as they lie in the tables: heads, batches and the index over them. Everything that
// writes here runs inside a body; the callers decide what a body holds.

import { batchCorrupt } from '#protocols/broker/errors'
import { assert } from '#protocols/core/assert'
import { type Offset, offset } from '#protocols/core/brands'
import { isMillraceError } from '#protocols/core/errors'
import { type Batch, readBatch } from '#protocols/records/batch'
import type { TopicPartition } from '#protocols/records/record'
import type { Entry } from '../engine/engine.ts'
import {
  baseOf,
  batchKey,
  decodeHead,
  decodeSpan,
  encodeHead,
  encodeSpan,
  type Head,
  type LogTables,
  partitionKey,
  type Span,
} from './layout.ts'

/** One partition of one topic, by id: what a dropped and recreated topic does not share. */
export interface Place {
  readonly topicId: number
  readonly partition: number
}

const END = 2 ** 53

export class Partitions {
  readonly #tables: LogTables

  constructor(tables: LogTables) {
    this.#tables = tables
  }

  head({ topicId, partition }: Place): Head {
    const bytes = this.#tables.heads.get(partitionKey(topicId, partition))
    assert(bytes !== undefined, () => `topic ${topicId} has a head for partition ${partition}`)
    return decodeHead(bytes)
  }

  setHead({ topicId, partition }: Place, head: Head): void {
    this.#tables.heads.put(partitionKey(topicId, partition), encodeHead(head))
  }

  /** Appends a batch that was read before, and answers its base. Inside a body. */
  append(place: Place, bytes: Uint8Array, batch: Batch): Offset {
    const head = this.head(place)
    const base = head.next
    const next = base + batch.span
    const { maxTime, count } = batch
    this.put(place, { base, next, maxTime, count, bytes: bytes.length }, bytes)
    this.setHead(place, { ...head, next, bytes: head.bytes + bytes.length })
    return offset(base)
  }

  put({ topicId, partition }: Place, span: Span, bytes: Uint8Array): void {
    const key = batchKey(topicId, partition, span.base)
    this.#tables.batches.put(key, bytes)
    this.#tables.index.put(key, encodeSpan(span))
  }

  remove({ topicId, partition }: Place, base: number): void {
    const key = batchKey(topicId, partition, base)
    this.#tables.batches.delete(key)
    this.#tables.index.delete(key)
  }

  /** Batches with a base in [from, to), as bytes. */
  batches(place: Place, from: number, to: number = END): Iterable<Entry> {
    const { topicId, partition } = place
    return this.#tables.batches.range({
      from: batchKey(topicId, partition, from),
      to: batchKey(topicId, partition, to),
    })
  }

  /** Spans with a base in [from, to), from the front. */
  *spans(place: Place, from: number, to: number = END): Iterable<Span> {
    const { topicId, partition } = place
    const range = { from: batchKey(topicId, partition, from), to: batchKey(topicId, partition, to) }
    for (const { key, value } of this.#tables.index.range(range)) yield decodeSpan(key, value)
  }

  /** Base of the first batch at or after `from`. */
  firstBase({ topicId, partition }: Place, from: number): number | undefined {
    const range = {
      from: batchKey(topicId, partition, from),
      to: batchKey(topicId, partition, END),
      limit: 1,
    }
    for (const { key } of this.#tables.index.range(range)) return baseOf(key)
    return undefined
  }

  /** The last span whose base is at or below `at`. */
  spanAt({ topicId, partition }: Place, at: number): Span | undefined {
    const range = {
      from: batchKey(topicId, partition, 0),
      to: batchKey(topicId, partition, at + 1),
      reverse: true,
      limit: 1,
    }
    for (const { key, value } of this.#tables.index.range(range)) return decodeSpan(key, value)
    return undefined
  }

  bytesAt({ topicId, partition }: Place, base: number): Uint8Array | undefined {
    return this.#tables.batches.get(batchKey(topicId, partition, base))
  }
}

/**
 * Reads a batch and checks it.
 * @throws MillraceError BATCH_CORRUPT naming the place
 */
export function readStored(at: TopicPartition, base: number, bytes: Uint8Array): Batch {
  try {
    return readBatch(bytes)
  } catch (error) {
    const why = isMillraceError(error) ? error.what : String(error)
    throw batchCorrupt(at, offset(base), why)
  }
}
