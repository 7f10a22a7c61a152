// Reads one partition (step 1 of a record's journey). `take` gives what has arrived; what is asked of
// the server in the meantime is bounded, and what arrives is checked when it is taken.
//
// Invariants: (1) batches come in offset order, none twice; (2) none begins before the position: one
// that the reader stands inside of is trimmed; (3) of what retention or trimming may shorten, nothing is
// handed out before it is known that they did not pass the position; (4) who reads a commit log from its
// beginning builds a state from it, and is refused when that is no longer there; (5) below the end of a
// compacted prefix the prefix is read and never the stream, whose messages there may be gone; where one came
// to be, or replaced another, the reader goes on in it from where it was.

import type { Reader, StoredBatch } from '../broker/broker.ts'
import {
  batchCorrupt,
  logTrimmed,
  offsetOutOfRange,
  prefixDamaged,
  topicUnknown,
} from '../broker/errors.ts'
import { type Offset, offset } from '../core/brands.ts'
import type { Clock } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import { type Batch, readBatch } from '../records/batch.ts'
import type { TopicPartition } from '../records/record.ts'
import { trimBatch } from '../records/trim-batch.ts'
import type { Catalog, Place } from './catalog.ts'
import { batchIn, joinParts, PARTS, partsOf } from './commit-message.ts'
import { isRefusal, JET } from './errors.ts'
import { Feed, type FeedMessage } from './feed.ts'
import type { KeyMap } from './key-map.ts'
import { MARK, readMark } from './mark.ts'
import { lastMessage } from './messages.ts'
import { baseOf, messageOf, nextOf } from './names.ts'
import { type Prefix, type PrefixBatch, PrefixFeed, type PrefixPorts, prefixOf } from './prefix.ts'

export interface JetReaderPorts extends PrefixPorts {
  readonly clock: Clock
  readonly catalog: Catalog
  readonly map: KeyMap
  /** Readers that are finding out where the end is: appends wait for them. */
  readonly openings: Set<Promise<void>>
}

export interface JetReaderStart {
  readonly at: TopicPartition
  readonly from: Offset | 'earliest' | 'latest'
  readonly onData: () => void
  /** Default false. */
  readonly isCommitLog?: boolean | undefined
}

interface Arrived {
  readonly base: number
  /** Offset after it. */
  readonly next: number
  readonly records: number
  readonly bytes: number
  read(): Batch
}

const KEPT_BYTES = 2 * 1024 * 1024

export class JetReader implements Reader {
  readonly #ports: JetReaderPorts
  readonly #start: JetReaderStart
  #place: Place | null = null
  #feed: Feed | PrefixFeed | null = null
  #position: number
  /** Up to here everything has arrived. */
  #reached: number
  #end: number
  #ready: Arrived[] = []
  #readyBytes = 0
  /** Messages that wait for parts or for a look at what retention did. */
  #unproved: FeedMessage[] = []
  #isProving = false
  #failure: Error | null = null
  #isWaiting = false
  /** Of the stream, since it is read from. */
  #came = { messages: 0, records: 0 }
  #isClosed = false
  #life = 0

  constructor(ports: JetReaderPorts, start: JetReaderStart) {
    this.#ports = ports
    this.#start = start
    const { from } = start
    this.#position = typeof from === 'number' ? from : 0
    this.#reached = this.#position
    this.#end = this.#position
    this.#open(from)
  }

  get position(): Offset {
    return offset(this.#position)
  }

  take(bytesMax: number): readonly StoredBatch[] {
    if (this.#isClosed) return []
    this.#checkTopic()
    const found: StoredBatch[] = []
    let bytes = 0
    while (bytes < bytesMax) {
      const [arrived] = this.#ready
      if (arrived === undefined) break
      // One that cannot be read stays in front: it is refused again, never passed over.
      const stored = this.#stored(arrived)
      this.#ready.shift()
      this.#readyBytes -= arrived.bytes
      if (stored === null) continue
      bytes += arrived.bytes
      found.push(stored)
      this.#position = arrived.next
    }
    if (found.length === 0) {
      if (this.#failure !== null) throw this.#failure
      this.#isWaiting = true
    }
    this.#feed?.resume()
    return found
  }

  end(): Offset {
    return offset(Math.max(this.#end, this.#position))
  }

  behind(from: Offset): number | null {
    let records = this.#expected()
    if (records === null) return null
    for (const arrived of this.#ready) records += arrived.records
    // Inside the batch that was taken last.
    return records + (messageOf(from) === messageOf(this.#position) ? this.#position - from : 0)
  }

  seek(to: Offset): void {
    this.#position = to
    this.#reached = to
    this.#open(to)
  }

  close(): void {
    this.#isClosed = true
    this.#life++
    this.#feed?.close()
    this.#ready = []
  }

  /** Records of messages that did not come yet, if they are like those that did. */
  #expected(): number | null {
    // Behind a prefix there is one more, at least.
    if (this.#feed instanceof PrefixFeed) return this.#feed.left + 1
    const pending = this.#feed?.pending ?? null
    const { messages, records } = this.#came
    if (pending === null || pending === 0) return pending
    return messages === 0 ? null : Math.round((pending * records) / messages)
  }

  #checkTopic(): void {
    if (this.#place === null || this.#ports.catalog.isCurrent(this.#place)) return
    this.#fail(topicUnknown(this.#start.at.topic))
    this.#ready = []
    this.#readyBytes = 0
  }

  #stored({ base, next, read }: Arrived): StoredBatch | null {
    let whole: Batch
    try {
      whole = read()
      if (whole.span !== next - base) {
        throw new Error(`it has ${whole.span} offsets, and its mark says ${next - base}`)
      }
    } catch (thrown) {
      const how = `A message of somebody else goes with: nats stream rmm ${this.#place?.stream} ${messageOf(base)}`
      throw batchCorrupt(this.#start.at, offset(base), asError(thrown).message, how)
    }
    if (next <= this.#position) return null
    const position = offset(Math.max(base, this.#position))
    const batch = base === position ? whole : trimBatch(whole, position - base)
    return { base: position, next: offset(next), batch }
  }

  // ---- opening ----------------------------------------------------------------------------------

  #open(from: Offset | 'earliest' | 'latest'): void {
    const life = ++this.#life
    this.#feed?.close()
    this.#feed = null
    this.#ready = []
    this.#readyBytes = 0
    this.#unproved = []
    this.#isProving = false
    this.#failure = null
    const opening = this.#begin(life, from).catch((thrown) => {
      void this.#failBy(life, thrown)
    })
    if (from !== 'latest') return
    const { openings } = this.#ports
    openings.add(opening)
    void opening.finally(() => openings.delete(opening))
  }

  async #begin(life: number, from: Offset | 'earliest' | 'latest'): Promise<void> {
    const { catalog, link, map } = this.#ports
    const place = await catalog.get(this.#start.at)
    if (life !== this.#life) return
    // Where in the stream it begins is known: what comes waits until it is known that neither the floor
    // nor a prefix passed that.
    const begin = typeof from === 'number' ? from : 0
    const isInPrefix = begin < (prefixOf(map, place).prefix?.next ?? 0)
    if (begin > 0 && !isInPrefix) this.#follow(life, place)
    const [last] = await Promise.all([lastMessage(link, place.stream, place.subject), map.fresh()])
    if (life !== this.#life) return
    const floor = catalog.floor(place)
    this.#place = place
    const end = last === null ? 0 : nextOf(last.message, spanOf(last))
    if (end < (prefixOf(map, place).prefix?.next ?? 0)) {
      throw prefixDamaged(place.at, 'the topic ends before they do, so it lost records')
    }
    this.#end = Math.max(end, floor)
    if (from === 'latest') this.#position = this.#end
    else if (from === 'earliest' || from === 0) {
      if (this.#isCommitLog && floor > 0) throw logTrimmed(place.at, floor)
      this.#position = floor
    }
    if (this.#feed === null) this.#reached = this.#position
    this.#checkFloor(place)
    if (this.#feed === null) this.#follow(life, place)
    else if (this.#unproved.length > 0 || this.#expected() === 0) void this.#prove(life)
  }

  /** From where everything arrived. Requires: nothing is being proved. */
  #follow(life: number, place: Place): void {
    const { prefix } = prefixOf(this.#ports.map, place)
    this.#feed?.close()
    this.#feed =
      prefix !== null && this.#reached < prefix.next
        ? this.#prefixFeed(life, place, prefix)
        : this.#streamFeed(life, place)
  }

  #streamFeed(life: number, { stream, subject }: Place): Feed {
    this.#came = { messages: 0, records: 0 }
    const reached = this.#reached
    const seen = reached === 0 ? 0 : messageOf(reached - 1)
    const filter = { stream, subject, from: messageOf(reached), seen }
    return new Feed(this.#ports, filter, {
      wants: () => this.#readyBytes < KEPT_BYTES && this.#unproved.length === 0,
      onMessage: (message) => {
        if (life === this.#life) this.#arrive(message)
      },
      onIdle: () => {
        if (life === this.#life && this.#isShortened) void this.#prove(life)
      },
      onEnd: (error) => {
        void this.#failBy(life, error)
      },
    })
  }

  #prefixFeed(life: number, place: Place, prefix: Prefix): PrefixFeed {
    return new PrefixFeed(this.#ports, place, prefix, this.#reached, {
      wants: () => this.#readyBytes < KEPT_BYTES,
      onBatch: (batch) => {
        if (life === this.#life) this.#keep(arrivedIn(batch))
      },
      onWhole: () => {
        if (life !== this.#life) return
        this.#reached = Math.max(this.#reached, prefix.next)
        this.#follow(life, place)
      },
      onEnd: (error) => {
        if (life === this.#life) void this.#replace(life, place, prefix, error)
      },
    })
  }

  /** A prefix that cannot be read was replaced by another, or is damaged. */
  async #replace(life: number, place: Place, prefix: Prefix, error: Error): Promise<void> {
    const { catalog, map } = this.#ports
    try {
      await map.fresh()
      if (life !== this.#life) return
      if (!catalog.isCurrent(place)) return this.#fail(topicUnknown(place.at.topic))
      if (prefixOf(map, place).prefix?.id === prefix.id) return this.#fail(error)
      this.#follow(life, place)
    } catch (thrown) {
      if (life === this.#life) this.#fail(asError(thrown))
    }
  }

  /** @throws MillraceError OFFSET_OUT_OF_RANGE when retention took what comes next */
  #checkFloor(place: Place): void {
    const floor = this.#ports.catalog.floor(place)
    // What arrived before is whole and in order, and may still be given.
    if (this.#reached < floor) throw offsetOutOfRange(this.#start.at, offset(this.#reached), floor)
  }

  // ---- arriving ---------------------------------------------------------------------------------

  #arrive(message: FeedMessage): void {
    if (this.#unproved.length === 0 && !this.#mustProve(message)) {
      this.#keep(arrivedOf(message))
      return
    }
    this.#unproved.push(message)
    void this.#prove(this.#life)
  }

  #mustProve({ headers }: FeedMessage): boolean {
    return this.#place === null || this.#isShortened || (headers?.has(PARTS) ?? false)
  }

  get #isCommitLog(): boolean {
    return this.#start.isCommitLog ?? false
  }

  /** Whether retention, trimming or compaction may take what was not read yet. */
  get #isShortened(): boolean {
    if (this.#isCommitLog) return true
    const spec = this.#place?.topic.spec
    return (
      spec?.cleanup === 'compact' ||
      spec?.retentionMs !== undefined ||
      spec?.retentionBytes !== undefined
    )
  }

  /** One at a time, and none before the place is known. */
  async #prove(life: number): Promise<void> {
    const place = this.#place
    if (this.#isProving || place === null) return
    this.#isProving = true
    const { map } = this.#ports
    try {
      do {
        const some = this.#unproved.slice()
        if (this.#isShortened) {
          // The floor is raised, or a prefix named, before anything goes, so one read after the messages
          // came is enough.
          await map.fresh()
          if (life !== this.#life) return
          this.#checkFloor(place)
          if (this.#isOvertaken(place)) return this.#turn(life, place)
        }
        for (const message of some) {
          const whole = await this.#whole(message)
          if (life !== this.#life) return
          this.#unproved.shift()
          this.#keep(arrivedOf(message, whole))
        }
      } while (this.#unproved.length > 0)
    } catch (thrown) {
      void this.#failBy(life, thrown)
    } finally {
      if (life === this.#life) this.#isProving = false
    }
    this.#feed?.resume()
  }

  /** Whether a prefix stands for what was to come next: of the stream it may be gone. */
  #isOvertaken(place: Place): boolean {
    const { prefix } = prefixOf(this.#ports.map, place)
    return prefix !== null && this.#reached < prefix.next
  }

  #turn(life: number, place: Place): void {
    this.#unproved = []
    this.#isProving = false
    this.#follow(life, place)
  }

  /** The content of a message, put together from its parts when it was stored in some. */
  async #whole(message: FeedMessage): Promise<Uint8Array> {
    const numbers = partsOf(message.headers?.get(PARTS))
    if (numbers.length === 0) return message.data
    const { stream } = this.#place ?? { stream: '' }
    return joinParts(this.#ports, stream, numbers)
  }

  #keep(arrived: Arrived): void {
    this.#ready.push(arrived)
    this.#came.messages++
    this.#came.records += arrived.records
    this.#readyBytes += arrived.bytes
    this.#reached = Math.max(this.#reached, arrived.next)
    this.#end = Math.max(this.#end, arrived.next)
    this.#wake()
  }

  /** Of a stream that is gone the catalog knows whether it was dropped or lost. */
  async #failBy(life: number, thrown: unknown): Promise<void> {
    const { catalog } = this.#ports
    const { at } = this.#start
    let error = asError(thrown)
    if (isRefusal(thrown, JET.streamUnknown)) {
      const place = this.#place ?? (await catalog.get(at))
      error = await catalog.check(place).then(
        () => topicUnknown(at.topic),
        (why: unknown) => asError(why),
      )
    }
    if (life === this.#life) this.#fail(error)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake()
  }

  #wake(): void {
    if (!this.#isWaiting || this.#isClosed) return
    this.#isWaiting = false
    this.#ports.clock.defer(() => {
      if (!this.#isClosed) this.#start.onData()
    })
  }
}

interface Marked {
  readonly headers: { get(name: string): string | undefined } | undefined
  readonly timeMs: number
}

const spanOf = ({ headers, timeMs }: Marked): number => readMark(headers?.get(MARK), timeMs).span

function arrivedOf(message: FeedMessage, whole: Uint8Array = message.data): Arrived {
  const records = spanOf(message)
  const base = baseOf(message.message)
  const next = nextOf(message.message, records)
  return { base, next, records, bytes: whole.length, read: () => batchIn(message, whole) }
}

const arrivedIn = ({ base, next, records, bytes }: PrefixBatch): Arrived => ({
  base,
  next,
  records,
  bytes: bytes.length,
  read: () => readBatch(bytes),
})
