// One partition against itself: the head against the spans, the spans against the batches, the batches
// against their checksums and one another. Batches and index are walked side by side by key.

import { offset } from '#protocols/core/brands'
import { isMillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import { partitionName, type TopicPartition } from '#protocols/records/record'
import {
  baseOf,
  batchKey,
  decodeHead,
  type Head,
  isBatchKey,
  type LogTables,
  partitionKey,
  readSpan,
  type Span,
} from './layout.ts'
import type { LogProblem, ProblemCode } from './log-problem.ts'
import { type Place, readStored } from './partitions.ts'

export interface PartitionFound {
  readonly batches: number
  readonly records: number
  readonly bytes: number
  readonly problems: readonly LogProblem[]
  /** What the batches themselves say; damaged ones are not among them. */
  readonly spans: readonly Span[]
  readonly head: Head | null
}

/** Requires: nobody interrupts, so that all reads see one state. */
export function checkPartition(
  tables: LogTables,
  place: Place,
  at: TopicPartition,
): PartitionFound {
  return new PartitionCheck(tables, place, at).run()
}

class PartitionCheck {
  readonly #tables: LogTables
  readonly #place: Place
  readonly #at: TopicPartition
  readonly #problems: LogProblem[] = []
  readonly #spans: Span[] = []
  #records = 0

  constructor(tables: LogTables, place: Place, at: TopicPartition) {
    this.#tables = tables
    this.#place = place
    this.#at = at
  }

  run(): PartitionFound {
    const { topicId, partition } = this.#place
    const bytes = this.#tables.heads.get(partitionKey(topicId, partition))
    const head = bytes === undefined ? null : decodeHead(bytes)
    const index = this.#index()
    for (const { key, value } of this.#tables.batches.range(this.#range())) {
      if (!isBatchKey(key)) {
        this.#problem('BATCH_CORRUPT', null, 'a batch has a key that is none')
        continue
      }
      const base = baseOf(key)
      this.#checkBatch(base, value, index.get(base))
      index.delete(base)
    }
    for (const base of index.keys()) {
      this.#problem('BATCH_MISSING', base, 'the batch is named but not there')
    }
    if (head === null) this.#problem('HEAD_MISSING', null, 'the partition has no head')
    else this.#checkHead(head)
    return {
      batches: this.#spans.length,
      records: this.#records,
      bytes: this.#spans.reduce((sum, span) => sum + span.bytes, 0),
      problems: this.#problems,
      spans: this.#spans,
      head,
    }
  }

  /** By base; null for an entry that cannot be read. */
  #index(): Map<number, Span | null> {
    const index = new Map<number, Span | null>()
    for (const { key, value } of this.#tables.index.range(this.#range())) {
      if (isBatchKey(key)) index.set(baseOf(key), readSpan(key, value))
      else this.#problem('SPAN_WRONG', null, 'the index has a key that is none')
    }
    return index
  }

  #checkBatch(base: number, bytes: Uint8Array, indexed: Span | null | undefined): void {
    const span = this.#read(base, bytes)
    if (span === null) return
    const before = this.#spans.at(-1)
    if (before !== undefined && before.next > base) {
      // Whichever is out of place, the first one met is kept.
      this.#problem('BATCHES_OVERLAP', base, `the batch before reaches to offset ${before.next}`)
      return
    }
    this.#spans.push(span)
    if (indexed === undefined) {
      this.#problem('SPAN_MISSING', base, 'the batch is there but not in the index')
    } else if (indexed === null || !sameSpan(span, indexed)) {
      this.#problem('SPAN_WRONG', base, 'the index says other things than the batch')
    }
  }

  #read(base: number, bytes: Uint8Array): Span | null {
    try {
      const batch = readStored(this.#at, base, bytes)
      const cursor = new BatchCursor(batch, offset(base))
      let count = 0
      while (cursor.next()) count++
      if (count !== batch.count) throw new Error(`it has ${count} records, not ${batch.count}`)
      if (this.#isCommitLog() && batch.commit === undefined) {
        this.#problem('HEADER_MISSING', base, 'a batch of a commit log has no commit header')
      }
      this.#records += count
      const { maxTime, span } = batch
      return { base, next: base + span, maxTime, count, bytes: bytes.length }
    } catch (error) {
      const why = isMillraceError(error) ? error.what : String(error)
      this.#problem('BATCH_CORRUPT', base, why)
      return null
    }
  }

  #checkHead(head: Head): void {
    const first = this.#spans[0]
    const last = this.#spans.at(-1)
    const bytes = this.#spans.reduce((sum, span) => sum + span.bytes, 0)
    const hasDamage = this.#problems.length > 0
    if (last !== undefined && last.next > head.next) {
      this.#problem('HEAD_WRONG', null, `it ends at ${head.next}, its batches at ${last.next}`)
    }
    if (first !== undefined && first.base < head.first) {
      this.#problem('HEAD_WRONG', null, `it begins at ${head.first}, its batches at ${first.base}`)
    }
    if (!hasDamage && bytes !== head.bytes) {
      this.#problem('HEAD_WRONG', null, `it counts ${head.bytes} bytes, its batches have ${bytes}`)
    }
  }

  #isCommitLog(): boolean {
    return this.#at.topic.endsWith('.changelog')
  }

  #range(): { from: Uint8Array; to: Uint8Array } {
    const { topicId, partition } = this.#place
    return { from: batchKey(topicId, partition, 0), to: batchKey(topicId, partition, 2 ** 53) }
  }

  #problem(code: ProblemCode, base: number | null, what: string): void {
    const name = partitionName(this.#at)
    const where = base === null ? name : `${name} at offset ${base}`
    const place = base === null ? this.#at : { ...this.#at, offset: base }
    this.#problems.push({ code, what, where, ...place })
  }
}

const sameSpan = (a: Span, b: Span): boolean =>
  a.next === b.next && a.maxTime === b.maxTime && a.bytes === b.bytes && a.count === b.count
