// Key compaction of `compact` topics: of each key the newest record stays, at its offset. Older ones
// go; a tombstone goes too once everybody had time to read it. Batches that lost records are written
// anew and small neighbours merged, so that offsets become gaps inside a batch, never holes between.
//
// How a round goes: (1) the newest offset of every key in the part not yet cleaned; (2) from the front,
// groups of batches are read and rewritten without holding the writer, and (3) each group is put in
// place by one short body, if nobody else rewrote meanwhile. A round that is interrupted did no harm
// and begins anew.
//
// Invariants: (1) the newest batch is left alone, so the last commit header stays; a merged batch
// carries the header of its last part; (2) `first` does not move; (3) a tombstone is dropped only after
// what it deletes, and the head's `floor` then says up to where; (4) memory: KEYS_MAX keys and one group.

import { assert } from '#protocols/core/assert'
import { offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { type Batch, BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import type { TopicPartition } from '#protocols/records/record'
import type { Engine } from '../engine/engine.ts'
import { baseOf, decodeHead, type Head, type LogTables, partitionKey, type Span } from './layout.ts'
import { type Partitions, type Place, readStored } from './partitions.ts'

export interface CompactionSettings {
  /** Compact when at least so many bytes were added since. Default 1 MiB. */
  readonly dirtyBytesMin: number
  /** Compact when what was added is at least this part of the whole, 0 to 1. Default 0.5. */
  readonly dirtyRatioMin: number
  /** Keep tombstones at least so long after they were written, ms. Default 24 hours. */
  readonly tombstonesKeptMs: number
}

export const COMPACTION_DEFAULTS: CompactionSettings = {
  dirtyBytesMin: 1024 * 1024,
  dirtyRatioMin: 0.5,
  tombstonesKeptMs: 24 * 3_600_000,
}

const KEYS_MAX = 500_000
/** Read and written at a time, about. */
export const GROUP_BYTES = 1024 * 1024
const BATCH_BYTES = 256 * 1024
const MARKS_PER_WAIT = 4

export interface CompactionPorts {
  readonly engine: Engine
  readonly tables: LogTables
  readonly partitions: Partitions
  /** Lets others have their turn; rejects to give up the round. */
  readonly pause: () => Promise<void>
}

/** When the log had which length, so that the age of an offset is known. */
interface Marks {
  readonly marks: readonly { readonly next: number; readonly atMs: number }[]
  /** Tombstones below this offset were dropped. */
  readonly swept: number
}

/** One round over one partition. Answers how many records it removed. */
export async function compact(
  ports: CompactionPorts,
  place: Place,
  at: TopicPartition,
  settings: CompactionSettings,
  nowMs: number,
): Promise<number> {
  const head = ports.partitions.head(place)
  const dropBelow = await mark(ports, place, head, settings, nowMs)
  const limit = ports.partitions.spanAt(place, head.next)?.base ?? head.first
  if (!isDue(ports, place, head, limit, settings, dropBelow)) return 0
  const { newest, end } = await newestOffsets(ports, place, at, head.cleaned, limit)
  const pass = new Pass(ports, place, at, newest, dropBelow)
  return pass.run(head, end)
}

/** Notes the length of the log; answers the offset below which tombstones have waited long enough. */
async function mark(
  { engine, tables }: CompactionPorts,
  place: Place,
  head: Head,
  { tombstonesKeptMs }: CompactionSettings,
  nowMs: number,
): Promise<number> {
  const key = partitionKey(place.topicId, place.partition)
  const { marks, swept } = readMarks(tables, key)
  const ripe = marks.filter(({ atMs }) => nowMs - atMs >= tombstonesKeptMs)
  const dropBelow = ripe.at(-1)?.next ?? 0
  const last = marks.at(-1)
  const isNews = last === undefined || last.next !== head.next
  const isTime = last === undefined || nowMs - last.atMs >= tombstonesKeptMs / MARKS_PER_WAIT
  if (isNews && isTime) {
    const kept = [...marks.slice(Math.max(0, ripe.length - 1)), { next: head.next, atMs: nowMs }]
    await engine.commit(() => writeMarks(tables, key, { marks: kept, swept }))
  }
  return dropBelow
}

function isDue(
  { tables, partitions }: CompactionPorts,
  place: Place,
  head: Head,
  limit: number,
  settings: CompactionSettings,
  dropBelow: number,
): boolean {
  const { swept } = readMarks(tables, partitionKey(place.topicId, place.partition))
  if (dropBelow > swept) return true
  if (limit <= head.cleaned) return false
  let dirty = 0
  for (const { bytes } of partitions.spans(place, head.cleaned, limit)) dirty += bytes
  return (
    dirty >= Math.max(1, settings.dirtyBytesMin) && dirty >= head.bytes * settings.dirtyRatioMin
  )
}

/** The newest offset of each key in [from, limit), and up to where they were looked at. */
async function newestOffsets(
  { partitions, pause }: CompactionPorts,
  place: Place,
  at: TopicPartition,
  from: number,
  limit: number,
): Promise<{ newest: ReadonlyMap<string, number>; end: number }> {
  const newest = new Map<string, number>()
  let end = from
  while (end < limit && newest.size < KEYS_MAX) {
    const group = readGroup(partitions, place, at, end, limit)
    for (const { batch, span } of group) {
      const cursor = new BatchCursor(batch, offset(span.base))
      while (cursor.next()) {
        if (cursor.keyStart >= 0) newest.set(keyOf(cursor), cursor.offset)
      }
    }
    end = group.at(-1)?.span.next ?? limit
    await pause()
  }
  return { newest, end }
}

/** Some batches from `from` on, before `end`: about GROUP_BYTES of them, at least one if there is one. */
function readGroup(
  partitions: Partitions,
  place: Place,
  at: TopicPartition,
  from: number,
  end: number,
): Piece[] {
  const group: Piece[] = []
  let bytes = 0
  for (const { key, value } of partitions.batches(place, from, end)) {
    const base = baseOf(key)
    const batch = readStored(at, base, value)
    const { maxTime, count } = batch
    const next = base + batch.span
    group.push({ batch, span: { base, next, maxTime, count, bytes: value.length } })
    bytes += value.length
    if (bytes >= GROUP_BYTES) break
  }
  return group
}

class Pass {
  readonly #ports: CompactionPorts
  readonly #place: Place
  readonly #at: TopicPartition
  readonly #newest: ReadonlyMap<string, number>
  readonly #dropBelow: number
  #removed = 0
  /** Offset after the newest tombstone dropped in the group at hand. */
  #floor = 0

  constructor(
    ports: CompactionPorts,
    place: Place,
    at: TopicPartition,
    newest: ReadonlyMap<string, number>,
    dropBelow: number,
  ) {
    this.#ports = ports
    this.#place = place
    this.#at = at
    this.#newest = newest
    this.#dropBelow = dropBelow
  }

  async run(before: Head, end: number): Promise<number> {
    const { engine, partitions, pause } = this.#ports
    let { rewrites } = before
    for (let from = before.first; from < end; ) {
      await pause()
      const group = readGroup(partitions, this.#place, this.#at, from, end)
      const last = group.at(-1)
      if (last === undefined) break
      from = last.span.next
      const removedBefore = this.#removed
      this.#floor = 0
      const written = this.#rewrite(group)
      if (this.#removed === removedBefore && written.length === group.length) continue
      const isDone = await engine.commit(() => this.#replace(rewrites, group, written))
      if (!isDone) return removedBefore
      rewrites++
    }
    await engine.commit(() => {
      const head = this.#headNow()
      if (head?.rewrites !== rewrites) return
      partitions.setHead(this.#place, { ...head, cleaned: Math.max(head.cleaned, end) })
      this.#noteSwept(end)
    })
    return this.#removed
  }

  /** What the group becomes: kept records, in as few batches as are not too large. */
  #rewrite(group: readonly Piece[]): Rewritten[] {
    const written: Rewritten[] = []
    const builder = new BatchBuilder()
    let base = group[0]?.span.base ?? 0
    group.forEach(({ batch, span }, i) => {
      this.#keep(builder, batch, span.base, base)
      const following = group[i + 1]
      const bytesAfter = builder.byteLength + (following?.batch.records.length ?? 0)
      if (following !== undefined && bytesAfter <= BATCH_BYTES) return
      const { commit, compression } = batch
      const header = commit === undefined ? {} : { commit }
      const bytes = Uint8Array.from(
        builder.finish({ compression, span: span.next - base, ...header }),
      )
      const { maxTime, count } = readBatch(bytes)
      written.push({ bytes, span: { base, next: span.next, maxTime, count, bytes: bytes.length } })
      base = span.next
    })
    return written
  }

  #keep(builder: BatchBuilder, batch: Batch, from: number, base: number): void {
    const cursor = new BatchCursor(batch, offset(from))
    while (cursor.next()) {
      if (this.#isKept(cursor)) builder.addAt(cursor.offset - base, cursor.record())
      else this.#removed++
    }
  }

  #isKept(cursor: BatchCursor): boolean {
    if (cursor.keyStart < 0) return true
    const newest = this.#newest.get(keyOf(cursor))
    if (newest !== undefined && newest > cursor.offset) return false
    if (cursor.valueStart >= 0 || cursor.offset >= this.#dropBelow) return true
    this.#floor = Math.max(this.#floor, cursor.offset + 1)
    return false
  }

  /** In a body. False when somebody else rewrote, expired or dropped meanwhile. */
  #replace(rewrites: number, group: readonly Piece[], written: readonly Rewritten[]): boolean {
    const { partitions } = this.#ports
    const head = this.#headNow()
    if (head?.rewrites !== rewrites) return false
    let { bytes } = head
    for (const { span } of group) {
      partitions.remove(this.#place, span.base)
      bytes -= span.bytes
    }
    for (const { span, bytes: encoded } of written) {
      partitions.put(this.#place, span, encoded)
      bytes += span.bytes
    }
    assert(bytes >= 0, 'a head counts the bytes of its batches')
    const floor = Math.max(head.floor, this.#floor)
    partitions.setHead(this.#place, { ...head, bytes, floor, rewrites: rewrites + 1 })
    return true
  }

  /** Null when the topic was dropped meanwhile. */
  #headNow(): Head | null {
    const { topicId, partition } = this.#place
    const bytes = this.#ports.tables.heads.get(partitionKey(topicId, partition))
    return bytes === undefined ? null : decodeHead(bytes)
  }

  #noteSwept(end: number): void {
    const key = partitionKey(this.#place.topicId, this.#place.partition)
    const { marks, swept } = readMarks(this.#ports.tables, key)
    const reached = Math.max(swept, Math.min(this.#dropBelow, end))
    writeMarks(this.#ports.tables, key, { marks, swept: reached })
  }
}

interface Piece {
  readonly batch: Batch
  readonly span: Span
}

interface Rewritten {
  readonly bytes: Uint8Array
  readonly span: Span
}

const keyOf = ({ buffer, keyStart, keyEnd }: BatchCursor): string =>
  buffer.toString('latin1', keyStart, keyEnd)

function readMarks({ marks }: LogTables, key: Uint8Array): Marks {
  const bytes = marks.get(key)
  // Written by `writeMarks`.
  return bytes === undefined ? { marks: [], swept: 0 } : (JSON.parse(fromUtf8(bytes)) as Marks)
}

const writeMarks = ({ marks }: LogTables, key: Uint8Array, value: Marks): void =>
  marks.put(key, utf8(JSON.stringify(value)))
