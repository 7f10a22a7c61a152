// What stands for the beginning of a partition of a compacted topic: of each key the newest record, at its
// offset, as record batches in pieces beside the topic's streams, and a key of the coordination map that
// names them. Maintenance makes them (compaction.ts); messages that they stand for go.
//
//   pieces of kind x                        a batch, or some of one that is larger than a message; more words:
//                                           <base> <next> <records> <messages of it to come> <max time>
//   key x:<id of the topic>/<partition>     JSON, as below
//
// Invariants: (1) the key is the truth, written last, by compare-and-set: its `next` never falls, and only
// then messages below go; (2) batches follow one another without a hole, from 0 to `next`; each piece is
// proved before it is handed over, and one that is missing is found.

import { prefixDamaged } from '../broker/errors.ts'
import { fromUtf8 } from '../core/bytes.ts'
import { asError } from '../core/errors.ts'
import type { Place } from './catalog.ts'
import { isRefusal, JET } from './errors.ts'
import { Feed, type FeedFilter, type FeedMessage, type FeedPorts, scan } from './feed.ts'
import type { KeyMap, Row } from './key-map.ts'
import { everyMessage, firstMessage } from './messages.ts'
import { messageOf, type Names } from './names.ts'
import { pieceOf } from './pieces.ts'

export interface Prefix {
  readonly id: string
  /** Offset after the last record it stands for: whoever reads goes on in the stream there. */
  readonly next: number
  /** Messages that its batches take. */
  readonly pieces: number
  readonly bytes: number
  readonly records: number
  /** Offset of its oldest tombstone; null when it has none. */
  readonly tombstone: number | null
  /** When which offset was first reached, the oldest first: so old are tombstones below it, at least. */
  readonly marks: readonly { readonly next: number; readonly atMs: number }[]
}

export interface PrefixBatch {
  readonly base: number
  readonly next: number
  readonly records: number
  readonly maxTime: number
  readonly bytes: Uint8Array
}

export interface PrefixPorts extends FeedPorts {
  readonly names: Names
  readonly map: KeyMap
}

export const prefixKey = ({ topic, at }: Place): string => `x:${topic.id}/${at.partition}`

/** As the mirror has it. */
export function prefixOf(
  map: KeyMap,
  place: Place,
): { readonly row: Row | null; readonly prefix: Prefix | null } {
  const row = map.get(prefixKey(place))
  // Written by `#name` in compaction.ts, in this shape.
  return { row, prefix: row === null ? null : (JSON.parse(fromUtf8(row.value)) as Prefix) }
}

/** Number of the last message that it stands for; 0 without one. */
export const throughOf = (prefix: Prefix | null): number =>
  prefix === null ? 0 : messageOf(prefix.next - 1)

/**
 * The batches of a prefix, in order.
 * @throws MillraceError PREFIX_DAMAGED
 */
export async function* prefixBatches(
  ports: PrefixPorts,
  place: Place,
  prefix: Prefix,
): AsyncGenerator<PrefixBatch> {
  const chain = new Chain(place, prefix)
  if (chain.isWhole) return
  try {
    for await (const message of everyMessage(ports, filterOf(ports, place, prefix))) {
      const batch = chain.take(message)
      if (batch !== null) yield batch
      if (chain.isWhole) return
    }
  } catch (error) {
    throw lost(error, place)
  }
  throw chain.missing()
}

/** Puts batches together from their messages, and misses none. */
class Chain {
  readonly #place: Place
  readonly #prefix: Prefix
  /** Index of the next message. */
  #index: number
  #parts: Uint8Array[] = []

  constructor(place: Place, prefix: Prefix, index = 0) {
    this.#place = place
    this.#prefix = prefix
    this.#index = index
  }

  get isWhole(): boolean {
    return this.#index >= this.#prefix.pieces
  }

  /**
   * The batch whose last message this is, or null.
   * @throws MillraceError PREFIX_DAMAGED
   */
  take(message: FeedMessage): PrefixBatch | null {
    const piece = pieceOf(message)
    // Sent twice.
    if (piece.index < this.#index) return null
    if (piece.index > this.#index) throw this.missing()
    if (!piece.isTrue()) throw this.#damaged(`piece ${piece.index} is not what was stored`)
    this.#index++
    this.#parts.push(piece.data)
    const [base = 0, next = 0, records = 0, left = 0, maxTime = 0] = piece.more
    if (left > 0) return null
    const [only = piece.data, ...others] = this.#parts
    this.#parts = []
    const bytes = others.length === 0 ? only : Buffer.concat([only, ...others])
    return { base, next, records, maxTime, bytes }
  }

  missing(): Error {
    return this.#damaged(`piece ${this.#index} of ${this.#prefix.pieces} is missing`)
  }

  #damaged(why: string): Error {
    return prefixDamaged(this.#place.at, why)
  }
}

export interface PrefixSink {
  onBatch(batch: PrefixBatch): void
  /** Whether it has room for more; when it has again, call `resume`. */
  wants(): boolean
  /** All of it was handed over: the stream goes on at its `next`. */
  onWhole(): void
  /** It cannot be read: another one took its place and it was collected, or it is damaged. */
  onEnd(error: Error): void
}

/** The batches of a prefix from the one on that an offset lies in, as they come. */
export class PrefixFeed {
  readonly #ports: PrefixPorts
  readonly #place: Place
  readonly #prefix: Prefix
  readonly #sink: PrefixSink
  #chain: Chain
  #feed: Feed | null = null
  /** Number of the next message wanted. */
  #from = 1
  #left: number
  #isLooking = false
  #isClosed = false

  constructor(ports: PrefixPorts, place: Place, prefix: Prefix, from: number, sink: PrefixSink) {
    this.#ports = ports
    this.#place = place
    this.#prefix = prefix
    this.#sink = sink
    this.#chain = new Chain(place, prefix)
    this.#left = prefix.records
    void this.#begin(from)
  }

  /** Records that it has not handed over yet, about. */
  get left(): number {
    return this.#left
  }

  resume(): void {
    this.#feed?.resume()
  }

  close(): void {
    this.#isClosed = true
    this.#feed?.close()
  }

  async #begin(from: number): Promise<void> {
    const filter = filterOf(this.#ports, this.#place, this.#prefix)
    try {
      const start = from === 0 ? FRONT : await startOf(this.#ports, filter, from)
      if (this.#isClosed) return
      this.#chain = new Chain(this.#place, this.#prefix, start.index)
      this.#left -= start.records
      this.#from = start.message
      if (this.#chain.isWhole) return this.#finish()
      this.#feed = new Feed(
        this.#ports,
        { ...filter, from: start.message },
        {
          wants: () => !this.#isClosed && this.#sink.wants(),
          onMessage: (message) => this.#take(message),
          onIdle: () => void this.#look(filter),
          onEnd: (error) => this.#end(error),
        },
      )
    } catch (thrown) {
      this.#end(asError(thrown))
    }
  }

  #take(message: FeedMessage): void {
    if (this.#isClosed) return
    this.#from = message.message + 1
    try {
      const batch = this.#chain.take(message)
      if (batch === null) return
      this.#left -= batch.records
      this.#sink.onBatch(batch)
    } catch (thrown) {
      return this.#end(asError(thrown))
    }
    if (this.#chain.isWhole) this.#finish()
  }

  /** Nothing more came. Whether there is nothing more, the server is asked. */
  async #look({ stream, subject }: FeedFilter): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      const rest = await firstMessage(this.#ports.link, stream, subject, this.#from)
      if (rest === null) this.#end(this.#chain.missing())
    } catch (thrown) {
      this.#end(asError(thrown))
    } finally {
      this.#isLooking = false
    }
  }

  #finish(): void {
    this.close()
    this.#sink.onWhole()
  }

  #end(error: Error): void {
    if (this.#isClosed) return
    this.close()
    this.#sink.onEnd(lost(error, this.#place))
  }
}

function filterOf({ names }: PrefixPorts, { topic, at }: Place, { id }: Prefix): FeedFilter {
  const stream = names.pieceStream('x', topic.spec.name, topic.id)
  return { stream, subject: names.pieces('x', at.topic, at.partition, id), from: 1 }
}

/** Where reading begins. */
interface Start {
  readonly message: number
  readonly index: number
  /** Before it, in the prefix. */
  readonly records: number
}

const FRONT: Start = { message: 1, index: 0, records: 0 }

/** The first message of the batch that an offset lies in. */
async function startOf(ports: PrefixPorts, filter: FeedFilter, from: number): Promise<Start> {
  let start = FRONT
  let startBase = 0
  let before = 0
  await scan(ports, { ...filter, headersOnly: true }, (found) => {
    const { index, more } = pieceOf(found)
    const [base = 0, , records = 0, left = 0] = more
    if (base > from) return false
    if (base > startBase) {
      start = { message: found.message, index, records: before }
      startBase = base
    }
    if (left === 0) before += records
    return true
  })
  return start
}

/** Where the first batch begins that reaches a time; null when none of the prefix does. */
export async function baseAt(
  ports: PrefixPorts,
  place: Place,
  prefix: Prefix,
  timeMs: number,
): Promise<number | null> {
  let found: number | null = null
  await scan(ports, { ...filterOf(ports, place, prefix), headersOnly: true }, (message) => {
    const [base = 0, , , , maxTime = 0] = pieceOf(message).more
    if (maxTime < timeMs) return true
    found = base
    return false
  })
  return found
}

function lost(thrown: unknown, { at }: Place): Error {
  if (isRefusal(thrown, JET.streamUnknown)) return prefixDamaged(at, 'their stream is gone')
  return asError(thrown)
}
