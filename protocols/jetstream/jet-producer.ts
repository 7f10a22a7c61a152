// Appends of those who are no tasks (step 11 for everybody else). A batch is one message, or several
// where NATS takes none of its size; each carries an id, so that one whose answer did not come is sent
// again and stored once: the server knows ids again for two minutes.
//
// What one call gives a partition lies there in the order it was given, whatever is refused and sent again on
// the way: a message is sent when the one before it is stored. Partitions do not wait for one another. NATS has
// a header for "behind that message or not at all", with which all could leave at once; a replicated stream of
// nats-server 2.15.1 answers nobody any more once it has refused one of those.
//
// Several batches are checked together and then stored one by one: a process that dies in between has
// stored some of them, and where some are refused the others may be stored: they are passed over when all of
// them are given again. Nothing in NATS 2.9 stores over several subjects in one step; tasks, which must,
// have their commit log (jet-tasks.ts).

import type { Append, Producer } from '../broker/broker.ts'
import { appendConflict, batchCorrupt } from '../broker/errors.ts'
import { allOf } from '../core/all-of.ts'
import { type Offset, offset } from '../core/brands.ts'
import { asError } from '../core/errors.ts'
import { readBatch } from '../records/batch.ts'
import { partitionName } from '../records/record.ts'
import { splitBatch } from '../records/split-batch.ts'
import type { Catalog, Place, Topic } from './catalog.ts'
import { batchTooLarge, isRefusal, JET, logFull, Unanswered } from './errors.ts'
import type { FeedPorts } from './feed.ts'
import { FENCE_STREAM, MARK, MESSAGE_ID, markOf, readMark } from './mark.ts'
import { lastMessage, messageAt } from './messages.ts'
import { baseOf, type Names, nextOf, SPAN_MAX } from './names.ts'
import { streamEnd } from './stream.ts'

export interface JetProducerPorts extends FeedPorts {
  readonly catalog: Catalog
  readonly names: Names
  readonly openings: Set<Promise<void>>
}

/** Room for headers and subject in a message. */
const HEAD_BYTES = 4_096

/** One message to be. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly span: number
  readonly maxTime: number
}

/** Numbers of the messages of an append, as far as they are stored. */
interface Stored {
  readonly topic: Topic['id']
  readonly messages: (number | undefined)[]
}

export class JetProducer implements Producer {
  readonly #ports: JetProducerPorts
  readonly #id: string
  /** Of appends that were refused in part, what is stored. */
  readonly #stored = new WeakMap<Append, Stored>()
  #count = 0

  constructor(ports: JetProducerPorts) {
    this.#ports = ports
    this.#id = ports.link.word()
  }

  async append(appends: readonly Append[]): Promise<readonly Offset[]> {
    const { catalog, link, openings } = this.#ports
    const pieces = appends.map((append) => piecesOf(append, link.payloadMax))
    const places = await Promise.all(appends.map(({ to }) => catalog.get(to)))
    // A reader that was opened before at the end finds what is appended now.
    if (openings.size > 0) await Promise.all(openings)
    const bases = new Array<Offset>(appends.length)
    // By partition, what this call gave it so far.
    const turns = new Map<string, Promise<void>>()
    const store = (index: number): Promise<void> => {
      const place = places[index] as Place
      const turn = (turns.get(place.subject) ?? Promise.resolve()).then(async () => {
        bases[index] = await this.#store(appends[index] as Append, place, pieces[index] ?? [])
      })
      turns.set(place.subject, turn)
      return turn
    }
    // What may be refused goes first, and refuses the rest.
    const indexes = [...appends.keys()]
    const isGuarded = (index: number): boolean => appends[index]?.expectedNext !== undefined
    for (const index of indexes.filter(isGuarded)) await store(index)
    await allOf(indexes.filter((index) => !isGuarded(index)).map(store))
    for (const append of appends) this.#stored.delete(append)
    return bases
  }

  async #store(append: Append, place: Place, pieces: readonly Piece[]): Promise<Offset> {
    const { messages } = this.#storedOf(append, place)
    const { expectedNext } = append
    for (const [n, piece] of pieces.entries()) {
      messages[n] ??= await (n === 0 && expectedNext !== undefined
        ? this.#storeGuarded(place, piece, expectedNext)
        : this.#send(place, piece))
    }
    return messages[0] === undefined ? offset(0) : baseOf(messages[0])
  }

  /** Nothing, of what was not refused before; and of a topic that is another one now. */
  #storedOf(append: Append, { topic }: Place): Stored {
    const known = this.#stored.get(append)
    if (known?.topic === topic.id) return known
    const stored: Stored = { topic: topic.id, messages: [] }
    this.#stored.set(append, stored)
    return stored
  }

  /** Only if the partition ends where it is said to, or does not any more by this append, whose answer was lost. */
  async #storeGuarded(place: Place, piece: Piece, expected: Offset): Promise<number> {
    const { link, names, catalog } = this.#ports
    const id = this.#nextId()
    /** Ends of the stream behind which it may be. */
    const unanswered: number[] = []
    for (;;) {
      // The stream's end first: what comes between the two looks makes the guard fail.
      const end = await streamEnd(link, place.stream)
      const found = await partitionEnd(this.#ports, place)
      if (found !== expected) {
        for (const before of unanswered) {
          const next = await messageAt(link, place.stream, before + 1)
          if (next?.headers.get(MESSAGE_ID) === id) return next.message
        }
        throw appendConflict(place.at, expected, found)
      }
      const subject = names.records(place.at.topic, place.at.partition, '_')
      const lines = { ...linesOf(piece), [MESSAGE_ID]: id, [FENCE_STREAM]: String(end) }
      try {
        return (await link.publish(subject, piece.bytes, lines)).message
      } catch (error) {
        if (isRefusal(error, JET.wrongLast)) continue
        await recover(error, place, catalog, link)
        unanswered.push(end)
      }
    }
  }

  async #send(place: Place, piece: Piece): Promise<number> {
    const { link, names, catalog } = this.#ports
    const subject = names.records(place.at.topic, place.at.partition, '_')
    const lines = { ...linesOf(piece), [MESSAGE_ID]: this.#nextId() }
    for (;;) {
      try {
        return (await link.publish(subject, piece.bytes, lines)).message
      } catch (error) {
        await recover(error, place, catalog, link)
      }
    }
  }

  #nextId(): string {
    return `${this.#id}-${this.#count++}`
  }
}

/**
 * A batch as messages.
 * @throws MillraceError BATCH_CORRUPT, RECORD_TOO_LARGE
 */
export function piecesOf({ to, batch }: Append, payloadMax: number): readonly Piece[] {
  const bytesMax = payloadMax - HEAD_BYTES
  let parts: readonly Uint8Array[]
  try {
    parts = splitBatch(batch, { bytesMax, spanMax: SPAN_MAX })
  } catch (thrown) {
    throw batchCorrupt(to, offset(0), asError(thrown).message)
  }
  return parts.map((bytes) => {
    if (bytes.length > bytesMax) throw batchTooLarge(partitionName(to), bytes.length, payloadMax)
    const { span, maxTime } = readBatch(bytes)
    return { bytes, span, maxTime }
  })
}

export const linesOf = ({ span, maxTime }: Piece): Record<string, string> => ({
  [MARK]: markOf('b', span, maxTime),
})

/**
 * Returns when the publish that failed may be tried again.
 * @throws MillraceError LOG_FULL, TOPIC_UNKNOWN, TOPIC_LOST, BROKER_CLOSED, or the error itself
 */
export async function recover(
  error: unknown,
  place: Place,
  catalog: Catalog,
  link: FeedPorts['link'],
): Promise<void> {
  if (isRefusal(error) && error.isFull) throw logFull(partitionName(place.at), error.description)
  if (isRefusal(error, JET.streamUnknown)) {
    // Dropped, or on its way between servers: the catalog knows which.
    await link.stall(place.subject)
    await catalog.check(place)
    return
  }
  if (!(error instanceof Unanswered)) throw error
  await link.stall(place.subject)
}

/** Offset after the last record of a partition, at least that of its floor. */
export async function partitionEnd(
  ports: { readonly link: FeedPorts['link']; readonly catalog: Catalog },
  place: Place,
): Promise<Offset> {
  const last = await lastMessage(ports.link, place.stream, place.subject)
  const floor = ports.catalog.floor(place)
  if (last === null) return floor
  const { span } = readMark(last.headers.get(MARK), last.timeMs)
  return offset(Math.max(floor, nextOf(last.message, span)))
}
