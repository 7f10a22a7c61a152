// Compaction of topics that keep the newest record of each key: what a partition begins with is written
// anew, without what was replaced, as a prefix beside the topic (prefix.ts), and its messages go.
//
// How it goes: (1) the newest offset of every key in the messages after the prefix there is; (2) that prefix
// and those messages are read again, and what is kept is stored in pieces; (3) the key names them, if nobody
// else compacted meanwhile; (4) messages that the prefix stands for go. One that was cut off before (3) did
// no harm, and one after it is finished by the next.
//
// Invariants: (1) the partition's newest message is left alone, so its end stays known, and so is what is
// young: a server that loses power may lose it still, and then gives its number to another; (2) the last
// message of each task stays, below the prefix's end, where nobody reads it: the next owner learns from it
// what was forwarded; (3) a tombstone is kept for a day after a prefix first had it, at least, and goes
// after what it deletes; (4) memory: `keysMax` keys and one batch.

import { batchCorrupt, topicUnknown } from '../broker/errors.ts'
import { offset } from '../core/brands.ts'
import { EMPTY, utf8 } from '../core/bytes.ts'
import { asError, isMillraceError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { type Batch, BatchBuilder, BatchCursor, readBatch } from '../records/batch.ts'
import type { Place, Topic } from './catalog.ts'
import type { CommitLogPorts } from './commit-log.ts'
import { batchIn } from './commit-message.ts'
import { scan } from './feed.ts'
import { KeyTaken, type Row } from './key-map.ts'
import { FROM, SIZE } from './mark.ts'
import { everyMessage, firstMessage, lastMessage, removeMessages } from './messages.ts'
import { baseOf, groupOf, nextOf } from './names.ts'
import { checkThere, isLate, pieceRoom, storePiece, type Upload, uploading } from './pieces.ts'
import { type Prefix, prefixBatches, prefixKey, prefixOf, throughOf } from './prefix.ts'
import { messagesOf, type StreamFacts, streamFacts } from './stream.ts'

export interface CompactionSettings {
  /** Compact when at least so many bytes came since. Default 1 MiB. */
  readonly dirtyBytesMin: number
  /** Compact when what came is at least this part of the whole, 0 to 1. Default 0.5. */
  readonly dirtyRatioMin: number
  /** Leave alone what came in less than so long ago, ms. Default 5 minutes. */
  readonly settledMs: number
  /** Keep tombstones at least so long after a prefix first had them, ms. Default 24 hours. */
  readonly tombstonesKeptMs: number
  /** Keys whose newest record one round looks for, about. Default 500,000. */
  readonly keysMax: number
}

export const COMPACTION_DEFAULTS: CompactionSettings = {
  dirtyBytesMin: 1024 * 1024,
  dirtyRatioMin: 0.5,
  // Servers write to the disk every two minutes, and know ids of messages again for as long.
  settledMs: 300_000,
  tombstonesKeptMs: 24 * 3_600_000,
  keysMax: 500_000,
}

const BATCH_BYTES = 256 * 1024
const MARKS_PER_WAIT = 4
/** How long others leave a partition to who compacts it. */
const BUSY_MS = 300_000

export interface CompactionPorts extends CommitLogPorts {
  readonly log: Logger
  readonly compaction: CompactionSettings
}

/**
 * One round over a topic; a partition that is damaged, or has no room, is reported and passed over.
 * @returns how many messages went
 */
export async function compactTopic(ports: CompactionPorts, topic: Topic): Promise<number> {
  const { catalog, link, names } = ports
  const { name, partitions } = topic.spec
  const facts = await Promise.all(
    catalog.streams(topic).map((stream) => streamFacts(link, stream, names.topic(name))),
  )
  let removed = 0
  for (let partition = 0; partition < partitions; partition++) {
    const one = new Compaction(ports, catalog.place(topic, partition))
    removed += await one.run(facts[groupOf(partition)])
  }
  return removed
}

/** Of what happens to a partition these are told, and do not keep others from being compacted. */
const TOLD = ['BATCH_CORRUPT', 'PREFIX_DAMAGED', 'LOG_FULL']

class Compaction {
  readonly #ports: CompactionPorts
  readonly #place: Place
  readonly #row: Row | null
  /** What there is. */
  readonly #prefix: Prefix | null

  constructor(ports: CompactionPorts, place: Place) {
    this.#ports = ports
    this.#place = place
    const { row, prefix } = prefixOf(ports.map, place)
    this.#row = row
    this.#prefix = prefix
  }

  async run(facts: StreamFacts | undefined): Promise<number> {
    try {
      const through = await this.#dueThrough(facts)
      if (through === null) return await this.#remove(this.#prefix)
      return await this.#remove(await this.#alone(() => this.#write(through)))
    } catch (error) {
      await this.#tell(error)
      return 0
    }
  }

  /** Somebody else may have compacted, or dropped the topic, under our hands: that is no damage. */
  async #tell(error: unknown): Promise<void> {
    if (!isMillraceError(error)) throw error
    const { catalog, log, map } = this.#ports
    await map.fresh()
    const isOver = !catalog.isCurrent(this.#place)
    if (isOver || prefixOf(map, this.#place).row?.revision !== this.#row?.revision) return
    if (!TOLD.includes(error.code)) throw error
    log.log('error', error.code, error.message, { ...this.#place.at })
  }

  // ---- when -------------------------------------------------------------------------------------

  /** Number of the last message that the next prefix is to stand for; null when there is no need of one. */
  async #dueThrough(facts: StreamFacts | undefined): Promise<number | null> {
    const { link } = this.#ports
    const { stream, subject } = this.#place
    const done = throughOf(this.#prefix)
    const newest = await lastMessage(link, stream, subject)
    if (facts !== undefined && newest !== null && newest.message > done + 1) {
      // Cheap and about; then dear and exact.
      const size = Math.max(newest.data.length, facts.bytes / Math.max(1, facts.messages))
      if (this.#isDirty(size * messagesOf(facts, subject))) {
        const { through, bytes } = await this.#settled(done, newest.message)
        if (through > done && this.#isDirty(bytes)) return through
      }
    }
    const tombstone = this.#prefix?.tombstone ?? null
    return tombstone !== null && tombstone < this.#ripeBelow() ? done : null
  }

  #isDirty(bytes: number): boolean {
    const { dirtyBytesMin, dirtyRatioMin } = this.#ports.compaction
    const kept = this.#prefix?.bytes ?? 0
    return bytes >= dirtyBytesMin && bytes >= (kept + bytes) * dirtyRatioMin
  }

  /** What came in long enough ago, before the newest message. */
  async #settled(after: number, newest: number): Promise<{ through: number; bytes: number }> {
    const { compaction, map } = this.#ports
    const { stream, subject } = this.#place
    const youngMs = map.now() - compaction.settledMs
    let through = after
    let bytes = 0
    const filter = { stream, subject, from: after + 1, headersOnly: true }
    await scan(this.#ports, filter, ({ message, headers, timeMs }) => {
      if (message >= newest || (compaction.settledMs > 0 && timeMs > youngMs)) return false
      through = message
      bytes += Number(headers?.get(SIZE) ?? 0)
      return true
    })
    return { through, bytes }
  }

  /** Offset below which tombstones have waited long enough. */
  #ripeBelow(): number {
    const oldestMs = this.#ports.map.now() - this.#ports.compaction.tombstonesKeptMs
    return this.#prefix?.marks.findLast(({ atMs }) => atMs <= oldestMs)?.next ?? 0
  }

  // ---- writing ----------------------------------------------------------------------------------

  /** Null when somebody else is at it. It saves work and promises nothing: the key is what one of two wins. */
  async #alone(run: () => Promise<Prefix | null>): Promise<Prefix | null> {
    const { map } = this.#ports
    const busy = `w:${this.#place.topic.id}/${this.#place.at.partition}`
    let revision: number
    try {
      revision = await map.put(busy, EMPTY, 'absent', BUSY_MS)
    } catch (error) {
      if (error instanceof KeyTaken) return null
      throw error
    }
    try {
      return await run()
    } finally {
      // Left alone it is over by itself.
      await map.remove(busy, revision).catch(() => {})
    }
  }

  /** Null when somebody else was first, or it took too long. */
  async #write(through: number): Promise<Prefix | null> {
    const { newest, next, last } = await this.#newest(through)
    return uploading(this.#ports, 'x', this.#place, async (upload) => {
      const writer = new PrefixWriter(this.#ports, upload, newest, this.#ripeBelow())
      if (this.#prefix !== null) {
        for await (const it of prefixBatches(this.#ports, this.#place, this.#prefix)) {
          await writer.add(
            this.#read(it.base, () => readBatch(it.bytes)),
            it.base,
          )
        }
      }
      for await (const { batch, message } of this.#messages(last)) {
        await writer.add(batch, baseOf(message))
      }
      await writer.finish(next)
      await checkThere(this.#ports, upload)
      return this.#name(upload, writer, next)
    })
  }

  /** The newest offset of each key in the messages up to a number, or in as many as memory has room for. */
  async #newest(through: number) {
    const newest = new Map<string, number>()
    let next = this.#prefix?.next ?? 0
    let last = throughOf(this.#prefix)
    for await (const { message, batch } of this.#messages(through)) {
      const cursor = new BatchCursor(batch, baseOf(message))
      while (cursor.next()) {
        if (cursor.keyStart >= 0) newest.set(keyOf(cursor), cursor.offset)
      }
      next = nextOf(message, batch.span)
      last = message
      if (newest.size >= this.#ports.compaction.keysMax) break
    }
    return { newest, next, last }
  }

  /** Those after the prefix, up to a number. */
  async *#messages(through: number): AsyncGenerator<{ message: number; batch: Batch }> {
    const { stream, subject } = this.#place
    const from = throughOf(this.#prefix) + 1
    if (through < from) return
    for await (const found of everyMessage(this.#ports, { stream, subject, from }, through)) {
      const { message } = found
      yield { message, batch: this.#read(baseOf(message), () => batchIn(found)) }
    }
  }

  #read(base: number, read: () => Batch): Batch {
    try {
      return read()
    } catch (thrown) {
      throw batchCorrupt(this.#place.at, offset(base), asError(thrown).message)
    }
  }

  async #name(upload: Upload, writer: PrefixWriter, next: number): Promise<Prefix | null> {
    const { catalog, map, onPoint } = this.#ports
    const { bytes, records, tombstone } = writer
    const pieces = upload.numbers.length
    const marks = this.#marks(next)
    const prefix: Prefix = { id: upload.id, next, pieces, bytes, records, tombstone, marks }
    await map.fresh()
    if (!catalog.isCurrent(this.#place)) throw topicUnknown(this.#place.at.topic)
    if (isLate(this.#ports, upload)) return null
    try {
      const value = utf8(JSON.stringify(prefix))
      await map.put(prefixKey(this.#place), value, this.#row?.revision ?? 'absent')
    } catch (error) {
      if (error instanceof KeyTaken) return null
      throw error
    }
    await onPoint?.('prefix-named')
    return prefix
  }

  #marks(next: number): Prefix['marks'] {
    const nowMs = this.#ports.map.now()
    const { tombstonesKeptMs } = this.#ports.compaction
    const all = this.#prefix?.marks ?? []
    if (all.at(-1)?.next === next) return all
    const ripe = all.findLastIndex(({ atMs }) => nowMs - atMs >= tombstonesKeptMs)
    const kept = all.slice(Math.max(0, ripe))
    // The newest moves on while the one before it is young, so that there are few.
    const before = kept.at(-2)
    if (before !== undefined && nowMs - before.atMs < tombstonesKeptMs / MARKS_PER_WAIT) kept.pop()
    return [...kept, { next, atMs: nowMs }]
  }

  // ---- removing ---------------------------------------------------------------------------------

  /** Answers how many went. */
  async #remove(prefix: Prefix | null): Promise<number> {
    const { link, onPoint } = this.#ports
    const { stream, subject } = this.#place
    if (prefix === null) return 0
    const through = throughOf(prefix)
    const oldest = await firstMessage(link, stream, subject)
    if (oldest === null || oldest.message > through) return 0
    const all: { message: number; subject: string }[] = []
    /** Number of the last message of each task. */
    const lasts = new Map<string, number>()
    const filter = { stream, subject, from: oldest.message, headersOnly: true }
    await scan(this.#ports, filter, ({ message, subject: of, headers }) => {
      if (message > through) return false
      all.push({ message, subject: of })
      if (headers?.has(FROM) === true) lasts.set(of, message)
      return true
    })
    const over = all.filter(({ message, subject: of }) => lasts.get(of) !== message)
    await removeMessages(
      this.#ports,
      stream,
      over.map(({ message }) => message),
    )
    await onPoint?.('messages-removed')
    return over.length
  }
}

/** What is kept, cut into batches that are stored as they become large enough. */
class PrefixWriter {
  readonly #ports: CompactionPorts
  readonly #upload: Upload
  readonly #newest: ReadonlyMap<string, number>
  readonly #dropBelow: number
  readonly #builder = new BatchBuilder()
  #base = 0
  #compression: Batch['compression'] = 'none'
  bytes = 0
  records = 0
  tombstone: number | null = null

  constructor(
    ports: CompactionPorts,
    upload: Upload,
    newest: ReadonlyMap<string, number>,
    dropBelow: number,
  ) {
    this.#ports = ports
    this.#upload = upload
    this.#newest = newest
    this.#dropBelow = dropBelow
  }

  async add(batch: Batch, base: number): Promise<void> {
    const cursor = new BatchCursor(batch, offset(base))
    while (cursor.next()) {
      if (!this.#isKept(cursor)) continue
      if (this.#builder.byteLength >= BATCH_BYTES) await this.finish(cursor.offset)
      this.#builder.addAt(cursor.offset - this.#base, cursor.record())
      this.#compression = batch.compression
      this.records++
      if (cursor.valueStart < 0) this.tombstone ??= cursor.offset
    }
  }

  /** Stores what was added since the last time as one batch, up to an offset. */
  async finish(next: number): Promise<void> {
    const records = this.#builder.count
    if (records === 0) return
    const span = next - this.#base
    const batch = Uint8Array.from(this.#builder.finish({ compression: this.#compression, span }))
    const { maxTime } = readBatch(batch)
    const room = pieceRoom(this.#ports)
    for (let at = 0, left = Math.ceil(batch.length / room) - 1; left >= 0; at += room, left--) {
      const words = [this.#base, next, records, left, maxTime]
      await storePiece(this.#ports, this.#upload, batch.subarray(at, at + room), words)
    }
    this.bytes += batch.length
    this.#base = next
  }

  #isKept(cursor: BatchCursor): boolean {
    if (cursor.keyStart < 0) return true
    const newest = this.#newest.get(keyOf(cursor))
    if (newest !== undefined && newest > cursor.offset) return false
    return cursor.valueStart >= 0 || cursor.offset >= this.#dropBelow
  }
}

const keyOf = ({ buffer, keyStart, keyEnd }: BatchCursor): string =>
  buffer.toString('latin1', keyStart, keyEnd)
