// Snapshots over NATS: their pieces in a stream beside the commit log's, and a key in the coordination map
// that says which of them are whole. The key is the truth, written last: pieces that it does not name
// are of a snapshot that is being stored, or of one whose storing was cut off.
//
//   subject <ns>.s.<topic>.<partition>.<id>     pieces, about in order; one that was sent twice is there twice
//   Millrace: s <index> <crc32> <begun, ms>     in each
//   key s:<id of the topic>/<partition>         JSON: the newest two, newest first
//
// Invariants: (1) a key is only replaced by one with a newer snapshot, or without one that is damaged;
// (2) what it names covers a commit that was on the log when it was written; whoever relies on it looks
// whether it still is, since a log may have lost its end; (3) pieces go an hour after they were begun at
// the earliest, and nothing is called whole that took half of that.

import { crc32 } from 'node:zlib'
import type { CommitRef, Snapshot, SnapshotFacts, Snapshots, TaskName } from '../broker/broker.ts'
import { snapshotDamaged, topicUnknown } from '../broker/errors.ts'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { isMillraceError } from '../core/errors.ts'
import { commitLog } from '../messages/commit-header.ts'
import { partitionName } from '../records/record.ts'
import type { Place, Topic } from './catalog.ts'
import { CommitLog, type CommitLogPorts, HEAD_BYTES, isGone } from './commit-log.ts'
import { isRefusal, JET, logFull, Unanswered } from './errors.ts'
import { type FeedMessage, type FeedPorts, PullBudget, pulled, scan } from './feed.ts'
import { KeyTaken, type Row } from './key-map.ts'
import { EXPECTED_STREAM, MARK } from './mark.ts'
import { firstMessage, removeMessages } from './messages.ts'

/** What the key says of a snapshot. */
interface Kept extends Snapshot {
  readonly pieces: number
}

const KEPT_MAX = 2
/** Small, because the client copies a message anew whenever it grows past what it has of it by then. */
const PIECE_BYTES_MAX = 128 * 1024
/** Under way at once; so far apart they may be stored. */
const PIECES_AT_ONCE = 32
/** With what other readers may have asked for, well below what the server bears (feed.ts). */
const PULL_BYTES = 8 * 1024 * 1024
const GRACE_MS = 3_600_000

export class JetSnapshots implements Snapshots {
  readonly #ports: CommitLogPorts
  /** Snapshots are large, and somebody waits: of these several pieces are asked for at a time. */
  readonly #reading: FeedPorts

  constructor(ports: CommitLogPorts) {
    this.#ports = ports
    const { link, wire } = ports
    const share = Math.max(PULL_BYTES, link.payloadMax + HEAD_BYTES)
    this.#reading = { link, wire, budget: new PullBudget(2 * share, share) }
  }

  async list(task: TaskName): Promise<readonly Snapshot[]> {
    const place = await this.#ports.catalog.get(commitLog(task))
    await this.#ports.map.fresh()
    return this.standing(place)
  }

  async put(
    task: TaskName,
    facts: SnapshotFacts,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<Snapshot | null> {
    const { catalog, link, map } = this.#ports
    const place = await catalog.get(commitLog(task))
    await map.fresh()
    if (!(await this.#isWanted(place, facts.covers))) return null
    const stream = await catalog.snapshotStream(place.topic)
    const upload = { place, stream, id: link.word(), begunMs: map.now(), numbers: [] }
    try {
      const stored = await this.#store(upload, bytes)
      const kept = await this.#keep(upload, { ...facts, ...stored, id: upload.id })
      if (kept === null) await this.#discard(upload)
      return kept
    } catch (error) {
      // Of anything else the collection knows in time.
      if (isMillraceError(error) && !link.isClosed) await this.#discard(upload).catch(() => {})
      throw error
    }
  }

  async *read(task: TaskName, { id }: Snapshot): AsyncGenerator<Uint8Array> {
    const { catalog, map } = this.#ports
    const place = await catalog.get(commitLog(task))
    await map.fresh()
    const kept = this.#row(place).kept.find((it) => it.id === id)
    if (kept === undefined) throw snapshotDamaged(place.at, id, 'another one replaced it')
    const ahead = new Map<number, Uint8Array>()
    let bytes = 0
    let next = 0
    try {
      for await (const { index, data, isTrue } of this.#pieces(place, kept)) {
        if (index < next) continue
        if (!isTrue) throw snapshotDamaged(place.at, id, `piece ${index} is not what was stored`)
        ahead.set(index, data)
        for (let piece = ahead.get(next); piece !== undefined; piece = ahead.get(next)) {
          ahead.delete(next++)
          bytes += piece.length
          yield piece
        }
        if (next === kept.pieces || ahead.size > PIECES_AT_ONCE) break
      }
      if (next === kept.pieces && bytes === kept.bytes) return
      throw snapshotDamaged(place.at, id, `piece ${next} of ${kept.pieces} is missing`)
    } catch (error) {
      if (isMillraceError(error, 'SNAPSHOT_DAMAGED')) await this.#forget(place, id)
      throw error
    }
  }

  /** Of those that the key names, as it is known here: the ones whose commit is on the log. */
  async standing(place: Place): Promise<readonly Kept[]> {
    const log = new CommitLog(this.#ports, place)
    const found: Kept[] = []
    for (const kept of this.#row(place).kept) {
      if (await log.has(kept.covers)) found.push(kept)
    }
    return found
  }

  /** Removes pieces that no key names and nobody is storing any more. Answers how many. */
  async collect(topic: Topic): Promise<number> {
    const { catalog, map, names } = this.#ports
    const stream = names.snapshotStream(topic.spec.name, topic.id)
    const over: number[] = []
    const filter = { stream, subject: names.anyPiece(topic.spec.name), from: 1, headersOnly: true }
    try {
      await scan(this.#ports, filter, (message) => {
        const [partition, id] = message.subject.split('.').slice(-2)
        const place = catalog.place(topic, Number(partition))
        const isKept = this.#row(place).kept.some((kept) => kept.id === id)
        if (!isKept && pieceOf(message).begunMs + GRACE_MS <= map.now()) over.push(message.message)
        return true
      })
    } catch (error) {
      // None was ever stored.
      if (isRefusal(error, JET.streamUnknown)) return 0
      throw error
    }
    await removeMessages(this.#ports, stream, over)
    return over.length
  }

  // ---- the key ----------------------------------------------------------------------------------

  #row({ topic, at }: Place): { readonly row: Row | null; readonly kept: readonly Kept[] } {
    const row = this.#ports.map.get(`s:${topic.id}/${at.partition}`)
    // Written by `#write`, in this shape.
    return { row, kept: row === null ? [] : (JSON.parse(fromUtf8(row.value)) as Kept[]) }
  }

  async #isWanted(place: Place, covers: CommitRef): Promise<boolean> {
    const [newest] = await this.standing(place)
    if (newest !== undefined && newest.covers.next >= covers.next) return false
    return new CommitLog(this.#ports, place).has(covers)
  }

  async #keep({ place, begunMs }: Upload, kept: Kept): Promise<Kept | null> {
    const { catalog, map } = this.#ports
    for (;;) {
      await map.fresh()
      if (!catalog.isCurrent(place)) throw topicUnknown(place.at.topic)
      const { row } = this.#row(place)
      if (map.now() - begunMs > GRACE_MS / 2) return null
      if (!(await this.#isWanted(place, kept.covers))) return null
      const all = [kept, ...(await this.standing(place))].slice(0, KEPT_MAX)
      if (!(await this.#write(place, all, row))) continue
      await this.#ports.onPoint?.('snapshot-stored')
      return kept
    }
  }

  async #forget(place: Place, id: string): Promise<void> {
    for (;;) {
      await this.#ports.map.fresh()
      const { row, kept } = this.#row(place)
      const left = kept.filter((it) => it.id !== id)
      if (left.length === kept.length || (await this.#write(place, left, row))) return
    }
  }

  /** Whether it was still as it had been read. */
  async #write({ topic, at }: Place, kept: readonly Kept[], before: Row | null): Promise<boolean> {
    const key = `s:${topic.id}/${at.partition}`
    const value = utf8(JSON.stringify(kept))
    try {
      await this.#ports.map.put(key, value, before?.revision ?? 'absent')
      return true
    } catch (error) {
      if (error instanceof KeyTaken) return false
      throw error
    }
  }

  // ---- pieces -----------------------------------------------------------------------------------

  async #store(
    upload: Upload,
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ pieces: number; bytes: number }> {
    const room = Math.min(PIECE_BYTES_MAX, this.#ports.link.payloadMax - HEAD_BYTES)
    let pieces = 0
    let bytes = 0
    for await (const given of source) {
      for (let at = 0; at < given.length; at += room * PIECES_AT_ONCE) {
        const some = split(given.subarray(at, at + room * PIECES_AT_ONCE), room)
        await allOf(some.map((piece) => this.#storePiece(upload, piece, pieces++)))
      }
      bytes += given.length
    }
    return { pieces, bytes }
  }

  /** One whose answer did not come is stored again: a reader passes over the second. */
  async #storePiece(
    { place, stream, id, begunMs, numbers }: Upload,
    piece: Uint8Array,
    index: number,
  ): Promise<void> {
    const { catalog, link, map, names, onPoint } = this.#ports
    const subject = names.pieces(place.at.topic, place.at.partition, id)
    const lines = { [MARK]: `s ${index} ${crc32(piece)} ${begunMs}`, [EXPECTED_STREAM]: stream }
    for (;;) {
      try {
        numbers.push((await link.publish(subject, piece, lines)).message)
        break
      } catch (error) {
        if (isRefusal(error) && error.isFull) {
          throw logFull(partitionName(place.at), error.description)
        }
        if (!isGone(error) && !(error instanceof Unanswered)) throw error
        await link.pause()
        await map.fresh()
        if (!catalog.isCurrent(place)) throw topicUnknown(place.at.topic)
      }
    }
    await onPoint?.('piece-stored')
  }

  #discard({ stream, numbers }: Upload): Promise<void> {
    return removeMessages(this.#ports, stream, numbers)
  }

  /** Every message there is of them, as they were stored. */
  async *#pieces({ topic, at }: Place, { id }: Kept): AsyncGenerator<Piece> {
    const { link, names } = this.#ports
    const stream = names.snapshotStream(topic.spec.name, topic.id)
    const subject = names.pieces(at.topic, at.partition, id)
    let from = 1
    // A pull may end early; that there is nothing more is known when nothing more is found.
    while ((await firstMessage(link, stream, subject, from)) !== null) {
      for await (const message of pulled(this.#reading, { stream, subject, from })) {
        from = message.message + 1
        const { index, check } = pieceOf(message)
        yield { index, data: message.data, isTrue: crc32(message.data) === check }
      }
    }
  }
}

/** A snapshot that is being stored. */
interface Upload {
  readonly place: Place
  readonly stream: string
  readonly id: string
  readonly begunMs: number
  /** Of its messages so far. */
  readonly numbers: number[]
}

interface Piece {
  readonly index: number
  readonly data: Uint8Array
  readonly isTrue: boolean
}

function split(bytes: Uint8Array, room: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += room) pieces.push(bytes.subarray(at, at + room))
  return pieces
}

/** As `Promise.all`, and nothing is under way any more when it rejects. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}

function pieceOf({ headers }: FeedMessage): { index: number; check: number; begunMs: number } {
  const [, index, check, begun] = (headers?.get(MARK) ?? '').split(' ')
  return { index: Number(index), check: Number(check), begunMs: Number(begun) }
}
