// How the log lies in its tables. All numbers are big-endian so that keys sort as offsets do.
//
//   log.facts    name -> number                       counters: topic ids, versions, revisions
//   log.topics   name -> JSON { id, spec }
//   log.heads    id(4) partition(2) -> Head            one per partition, always there
//   log.batches  id(4) partition(2) base(8) -> record batch, in pieces; pieced-table.ts
//   log.index    id(4) partition(2) base(8) -> Span    one per batch: what need not read it
//   log.keys     key -> revision(8) expires(8) value
//   log.bus      see bus.ts
//   log.marks    id(4) partition(2) -> JSON            when the log had which length; compaction.ts
//   log.snapshots  id(4) partition(2) -> JSON          the snapshot of a task; log-snapshots.ts
//   log.garbage  id(4) -> partitions                   topics dropped, their batches not yet
//
// Invariants: (1) `batches` and `index` hold the same keys; (2) spans of a partition do not overlap
// and end at or before its head's `next`; (3) a head's `bytes` is the sum of its spans' bytes.

import { asBuffer } from '#protocols/core/bytes'
import type { Engine, Table } from '../engine/engine.ts'
import { PiecedTable } from './pieced-table.ts'

export interface LogTables {
  readonly facts: Table
  readonly topics: Table
  readonly heads: Table
  readonly batches: PiecedTable
  readonly index: Table
  readonly keys: Table
  readonly bus: Table
  readonly marks: Table
  readonly snapshots: Table
  readonly garbage: Table
}

export const openTables = (engine: Engine): LogTables => ({
  facts: engine.table('log.facts'),
  topics: engine.table('log.topics'),
  heads: engine.table('log.heads'),
  batches: new PiecedTable(engine.table('log.batches'), BATCH_KEY_BYTES),
  index: engine.table('log.index'),
  keys: engine.table('log.keys'),
  bus: engine.table('log.bus'),
  marks: engine.table('log.marks'),
  snapshots: engine.table('log.snapshots'),
  garbage: engine.table('log.garbage'),
})

export interface Head {
  /** Offset of the oldest batch kept, or `next`. */
  readonly first: number
  readonly next: number
  readonly bytes: number
  /** Tombstones below this offset may be gone. */
  readonly floor: number
  /** Grows whenever batches are rewritten: what a reader knew about bounds is void then. */
  readonly rewrites: number
  /** Compaction has seen everything below this offset. */
  readonly cleaned: number
}

export const NEW_HEAD: Head = { first: 0, next: 0, bytes: 0, floor: 0, rewrites: 0, cleaned: 0 }

export const HEAD_BYTES = 48

export function encodeHead(head: Head): Uint8Array {
  const out = Buffer.alloc(HEAD_BYTES)
  out.writeDoubleBE(head.first, 0)
  out.writeDoubleBE(head.next, 8)
  out.writeDoubleBE(head.bytes, 16)
  out.writeDoubleBE(head.floor, 24)
  out.writeDoubleBE(head.rewrites, 32)
  out.writeDoubleBE(head.cleaned, 40)
  return out
}

export function decodeHead(bytes: Uint8Array): Head {
  const view = asBuffer(bytes)
  return {
    first: view.readDoubleBE(0),
    next: view.readDoubleBE(8),
    bytes: view.readDoubleBE(16),
    floor: view.readDoubleBE(24),
    rewrites: view.readDoubleBE(32),
    cleaned: view.readDoubleBE(40),
  }
}

/** What is known of a batch without reading it. */
export interface Span {
  readonly base: number
  readonly next: number
  readonly maxTime: number
  readonly bytes: number
  readonly count: number
}

const SPAN_BYTES = 24
const BATCH_KEY_BYTES = 14

export function encodeSpan(span: Span): Uint8Array {
  const out = Buffer.alloc(SPAN_BYTES)
  out.writeDoubleBE(span.next, 0)
  out.writeDoubleBE(span.maxTime, 8)
  out.writeUInt32BE(span.bytes, 16)
  out.writeUInt32BE(span.count, 20)
  return out
}

/** Null for what is no span. */
export function readSpan(key: Uint8Array, value: Uint8Array): Span | null {
  return value.length === SPAN_BYTES ? decodeSpan(key, value) : null
}

export function decodeSpan(key: Uint8Array, value: Uint8Array): Span {
  const view = asBuffer(value)
  return {
    base: baseOf(key),
    next: view.readDoubleBE(0),
    maxTime: view.readDoubleBE(8),
    bytes: view.readUInt32BE(16),
    count: view.readUInt32BE(20),
  }
}

const TWO_32 = 2 ** 32

export function partitionKey(topicId: number, partition: number): Uint8Array {
  const key = Buffer.alloc(6)
  key.writeUInt32BE(topicId, 0)
  key.writeUInt16BE(partition, 4)
  return key
}

export function batchKey(topicId: number, partition: number, base: number): Uint8Array {
  const key = Buffer.alloc(BATCH_KEY_BYTES)
  key.writeUInt32BE(topicId, 0)
  key.writeUInt16BE(partition, 4)
  key.writeUInt32BE(Math.floor(base / TWO_32), 6)
  key.writeUInt32BE(base % TWO_32, 10)
  return key
}

/** Whether it is whole: what is in a range by its first bytes may be damaged in the others. */
export const isBatchKey = (key: Uint8Array): boolean => key.length === BATCH_KEY_BYTES

export function topicKey(topicId: number): Uint8Array {
  const key = Buffer.alloc(4)
  key.writeUInt32BE(topicId, 0)
  return key
}

export function baseOf(key: Uint8Array): number {
  const view = asBuffer(key)
  return view.readUInt32BE(6) * TWO_32 + view.readUInt32BE(10)
}

export function encodeNumber(value: number): Uint8Array {
  const out = Buffer.alloc(8)
  out.writeDoubleBE(value, 0)
  return out
}

export const decodeNumber = (bytes: Uint8Array | undefined, at = 0): number =>
  bytes === undefined ? 0 : asBuffer(bytes).readDoubleBE(at)

/** Adds one to a counter and answers it. Inside a body. */
export function increment(facts: Table, name: Uint8Array): number {
  const value = decodeNumber(facts.get(name)) + 1
  facts.put(name, encodeNumber(value))
  return value
}
