// Pieces of what is kept beside a topic: of snapshots of a task's stores (jet-snapshots.ts), of a compacted
// prefix of a partition (prefix.ts). They lie in a stream of their own; a key of the coordination map that
// is written after the last of them says that they are whole.
//
//   subject <ns>.<kind>.<topic>.<partition>.<id>            about in order; one that was sent twice is there twice
//   Millrace: <kind> <index> <check> <begun, ms> <more>     in each
//
// Invariants: (1) pieces that no key names go an hour after they were begun, at the earliest; (2) nothing is
// called whole that took half of that, or is not there in full; (3) a stream that was deleted is made anew
// by the next who stores something, and what was being stored in it is refused.

import { crc32 } from 'node:zlib'
import { topicUnknown } from '../broker/errors.ts'
import { isMillraceError, MillraceError } from '../core/errors.ts'
import { partitionName } from '../records/record.ts'
import type { Place, Topic } from './catalog.ts'
import { type CommitLogPorts, HEAD_BYTES, isGone } from './commit-log.ts'
import { isRefusal, JET, logFull, Unanswered } from './errors.ts'
import { type FeedMessage, scan } from './feed.ts'
import { EXPECTED_STREAM, MARK } from './mark.ts'
import { removeMessages } from './messages.ts'
import type { PieceKind } from './names.ts'
import { streamFacts } from './stream.ts'

/** Small, because the client copies a message anew whenever it grows past what it has of it by then. */
const PIECE_BYTES_MAX = 128 * 1024
const GRACE_MS = 3_600_000

/** Pieces that are being stored. */
export interface Upload {
  readonly kind: PieceKind
  readonly place: Place
  readonly stream: string
  readonly id: string
  readonly begunMs: number
  /** How many were begun so far. */
  pieces: number
  /** Of those that are stored. */
  readonly numbers: number[]
}

/**
 * Stores pieces, and then, at the end of `store`, a key that names them. Those of which that was not done are
 * removed; should the process die, they are collected. Requires: a fresh mirror.
 * @param store null when they are not named
 */
export async function uploading<T>(
  ports: CommitLogPorts,
  kind: PieceKind,
  place: Place,
  store: (upload: Upload) => Promise<T | null>,
): Promise<T | null> {
  const { catalog, link, map } = ports
  const stream = await catalog.pieceStream(kind, place.topic)
  const upload = {
    kind,
    place,
    stream,
    id: link.word(),
    begunMs: map.now(),
    pieces: 0,
    numbers: [],
  }
  const discard = (): Promise<void> => removeMessages(ports, stream, upload.numbers)
  try {
    const named = await store(upload)
    if (named === null) await discard()
    return named
  } catch (error) {
    // Of anything else the collection knows in time. In a stream made anew the numbers are of others' pieces.
    if (isMillraceError(error) && error.code !== 'PIECES_LOST' && !link.isClosed) {
      await discard().catch(() => {})
    }
    throw error
  }
}

/** Most bytes of a piece. */
export const pieceRoom = ({ link }: CommitLogPorts): number =>
  Math.min(PIECE_BYTES_MAX, link.payloadMax - HEAD_BYTES)

/**
 * Stores the next piece; several may be under way at once. One whose answer did not come is stored again: a reader passes over the second.
 * @param more words that its mark carries beside, and its check covers
 * @throws MillraceError LOG_FULL, TOPIC_UNKNOWN, PIECES_LOST
 */
export async function storePiece(
  ports: CommitLogPorts,
  upload: Upload,
  piece: Uint8Array,
  more: readonly number[] = [],
): Promise<void> {
  const { catalog, link, map, names } = ports
  const { kind, place, stream, id, begunMs, numbers } = upload
  const subject = names.pieces(kind, place.at.topic, place.at.partition, id)
  const words = [kind, upload.pieces++, checkOf(piece, more), begunMs, ...more]
  const lines = { [MARK]: words.join(' '), [EXPECTED_STREAM]: stream }
  for (;;) {
    try {
      numbers.push((await link.publish(subject, piece, lines)).message)
      return await ports.onPoint?.('piece-stored')
    } catch (error) {
      if (isRefusal(error) && error.isFull) {
        throw logFull(partitionName(place.at), error.description)
      }
      if (!isGone(error) && !(error instanceof Unanswered)) throw error
      await link.pause()
      await map.fresh()
      if (!catalog.isCurrent(place)) throw topicUnknown(place.at.topic)
      if (isGone(error)) await checkThere(ports, upload)
    }
  }
}

/**
 * Before they are named: whether all that was stored is there. A stream whose servers are away is waited
 * for; one that is gone took pieces with it, and one that somebody made anew has only those since.
 * @throws MillraceError PIECES_LOST
 */
export async function checkThere(
  { catalog, link, names }: CommitLogPorts,
  upload: Upload,
): Promise<void> {
  const { kind, place, stream, id, numbers } = upload
  const subject = names.pieces(kind, place.at.topic, place.at.partition, id)
  // More may be stored while the server is asked.
  const stored = numbers.length
  try {
    const { bySubject } = await streamFacts(link, stream, subject)
    if ((bySubject[subject] ?? 0) >= stored) return
  } catch (error) {
    if (!isRefusal(error, JET.streamUnknown)) throw error
  }
  catalog.forgetPieces(kind, place.topic)
  throw piecesLost(upload)
}

const piecesLost = ({ place, stream }: Upload): MillraceError =>
  new MillraceError({
    code: 'PIECES_LOST',
    what: `stream ${stream} was deleted while pieces were stored in it`,
    where: partitionName(place.at),
    hint: 'The next try makes it anew; streams of Millrace go with their topics: millrace topics drop',
    retry: 'later',
  })

/** Whether it is too late to call it whole: its pieces may be collected. */
export const isLate = ({ map }: CommitLogPorts, { begunMs }: Upload): boolean =>
  map.now() - begunMs > GRACE_MS / 2

/** Removes pieces of a topic that no key names and nobody is storing any more. Answers how many. */
export async function collectPieces(
  ports: CommitLogPorts,
  kind: PieceKind,
  topic: Topic,
  isNamed: (place: Place, id: string) => boolean,
): Promise<number> {
  const { catalog, map, names } = ports
  const stream = names.pieceStream(kind, topic.spec.name, topic.id)
  const over: number[] = []
  const subject = names.anyPiece(kind, topic.spec.name)
  try {
    await scan(ports, { stream, subject, from: 1, headersOnly: true }, (message) => {
      const [partition, id = ''] = message.subject.split('.').slice(-2)
      const isOld = pieceOf(message).begunMs + GRACE_MS <= map.now()
      if (isOld && !isNamed(catalog.place(topic, Number(partition)), id)) over.push(message.message)
      return true
    })
  } catch (error) {
    // None was ever stored.
    if (isRefusal(error, JET.streamUnknown)) return 0
    throw error
  }
  await removeMessages(ports, stream, over)
  return over.length
}

export interface Piece {
  readonly index: number
  readonly begunMs: number
  readonly data: Uint8Array
  readonly more: readonly number[]
  /** Whether it is what was stored. */
  isTrue(): boolean
}

export function pieceOf({ headers, data }: FeedMessage): Piece {
  const [, ...words] = (headers?.get(MARK) ?? '').split(' ')
  const [index = 0, check, begunMs = 0, ...more] = words.map(Number)
  return { index, begunMs, data, more, isTrue: () => check === checkOf(data, more) }
}

const checkOf = (data: Uint8Array, more: readonly number[]): number =>
  crc32(data, crc32(more.join(' ')))
