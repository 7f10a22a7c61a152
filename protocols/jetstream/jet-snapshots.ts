// Snapshots over NATS: their pieces in a stream beside the commit log's, and a key in the coordination map
// that says which of them are whole. The key is the truth, written last: pieces that it does not name
// are of a snapshot that is being stored, or of one whose storing was cut off.
//
//   pieces of kind s                            the bytes, cut anywhere (pieces.ts)
//   key s:<id of the topic>/<partition>         JSON: the newest two, newest first
//
// Invariants: (1) a key is only replaced by one with a newer snapshot, or without one that is damaged;
// (2) what it names covers a commit that was on the log when it was written; whoever relies on it looks
// whether it still is, since a log may have lost its end.

import type { CommitRef, Snapshot, SnapshotFacts, Snapshots, TaskName } from '../broker/broker.ts'
import { snapshotDamaged, topicUnknown } from '../broker/errors.ts'
import { allOf } from '../core/all-of.ts'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { isMillraceError } from '../core/errors.ts'
import { commitLog } from '../messages/commit-header.ts'
import type { Place, Topic } from './catalog.ts'
import { CommitLog, type CommitLogPorts, HEAD_BYTES } from './commit-log.ts'
import { type FeedPorts, PullBudget } from './feed.ts'
import { KeyTaken, type Row } from './key-map.ts'
import { everyMessage } from './messages.ts'
import {
  checkThere,
  collectPieces,
  isLate,
  type Piece,
  pieceOf,
  pieceRoom,
  storePiece,
  type Upload,
  uploading,
} from './pieces.ts'

/** What the key says of a snapshot. */
interface Kept extends Snapshot {
  readonly pieces: number
}

const KEPT_MAX = 2
/** Under way at once; so far apart they may be stored. */
const PIECES_AT_ONCE = 32
/** With what other readers may have asked for, well below what the server bears (feed.ts). */
const PULL_BYTES = 8 * 1024 * 1024

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
    const { catalog, map } = this.#ports
    const place = await catalog.get(commitLog(task))
    await map.fresh()
    if (!(await this.#isWanted(place, facts.covers))) return null
    return uploading(this.#ports, 's', place, async (upload) => {
      const stored = await this.#store(upload, bytes)
      await checkThere(this.#ports, upload)
      return this.#keep(upload, { ...facts, ...stored, id: upload.id })
    })
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
        if (!isTrue()) throw snapshotDamaged(place.at, id, `piece ${index} is not what was stored`)
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
  collect(topic: Topic): Promise<number> {
    return collectPieces(this.#ports, 's', topic, (place, id) =>
      this.#row(place).kept.some((kept) => kept.id === id),
    )
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

  async #keep(upload: Upload, kept: Kept): Promise<Kept | null> {
    const { catalog, map } = this.#ports
    const { place } = upload
    for (;;) {
      await map.fresh()
      if (!catalog.isCurrent(place)) throw topicUnknown(place.at.topic)
      const { row } = this.#row(place)
      if (isLate(this.#ports, upload)) return null
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
    const room = pieceRoom(this.#ports)
    let bytes = 0
    for await (const given of source) {
      for (let at = 0; at < given.length; at += room * PIECES_AT_ONCE) {
        const some = split(given.subarray(at, at + room * PIECES_AT_ONCE), room)
        await allOf(some.map((piece) => storePiece(this.#ports, upload, piece)))
      }
      bytes += given.length
    }
    return { pieces: upload.pieces, bytes }
  }

  async *#pieces({ topic, at }: Place, { id }: Kept): AsyncGenerator<Piece> {
    const { names } = this.#ports
    const stream = names.pieceStream('s', topic.spec.name, topic.id)
    const subject = names.pieces('s', at.topic, at.partition, id)
    for await (const message of everyMessage(this.#reading, { stream, subject, from: 1 })) {
      yield pieceOf(message)
    }
  }
}

function split(bytes: Uint8Array, room: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += room) pieces.push(bytes.subarray(at, at + room))
  return pieces
}
