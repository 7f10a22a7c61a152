// The coordination map as it lies in NATS: one stream that keeps the newest message of each subject, a
// subject per key, and here a mirror of all of it, kept by following the stream. What is read is read
// from the mirror after it has seen what the stream had when it was asked, so that a read never misses a
// write that was acknowledged before.
//
// Writes are guarded by the number of the key's newest message. One whose answer did not come is
// resolved by reading: each message carries a word of its own.
//
//   Millrace: k <word> <when it goes, ms; 0: never>        and the value
//   Millrace: d <word> 0                                   the key was removed

import type { Clock } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import { isRefusal, JET, keysLost, logFull, namespaceTaken, Unanswered } from './errors.ts'
import { Feed, type FeedMessage, type FeedPorts, LOOKS } from './feed.ts'
import type { Link } from './link.ts'
import { FENCE_SUBJECT, MARK } from './mark.ts'
import { lastMessage, removeMessages } from './messages.ts'
import type { Names } from './names.ts'
import { makeStream, streamsOver } from './stream.ts'

export interface Row {
  readonly key: string
  readonly value: Uint8Array
  /** Number of the message: grows with every write of any key. */
  readonly revision: number
  /** When it goes, in the time of `KeyMap.now`; 0: never. */
  readonly expiresMs: number
}

export interface KeyMapPorts extends FeedPorts {
  readonly names: Names
  readonly replicas: number
  readonly clock: Clock
  /** All brokers of this map go by one clock; else the server's time is what counts. */
  readonly isClockShared: boolean
}

interface Held {
  /** Null when removed. */
  readonly row: Row | null
  readonly message: number
  readonly word: string
}

/** A write as it was sent. */
interface Attempt {
  readonly key: string
  /** Its own, in the message. */
  readonly word: string
  /** The message that must be the newest of the key; null: any may be. */
  readonly guard: number | null
}

/** What a write finds instead of what it expected. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
  readonly found: number | 'absent'

  constructor(found: number | 'absent') {
    super(`the key is at ${found}`)
    this.found = found
  }
}

export class KeyMap {
  readonly #ports: KeyMapPorts
  readonly #link: Link
  readonly #held = new Map<string, Held>()
  readonly #listeners = new Set<(key: string) => void>()
  #feed: Feed | null = null
  #seen = 0
  #waiting: { until: number; resolve(): void; reject(error: Error): void }[] = []
  #failure: Error | null = null
  /** A look that was not sent yet. */
  #looking: Promise<void> | null = null
  readonly #serverTime: ServerTime

  /**
   * Creates the stream if there is none and follows it.
   * @throws MillraceError STREAM_UNKNOWN when somebody else's takes its subjects; LOG_FULL, and what `makeStream` throws
   */
  static async open(ports: KeyMapPorts): Promise<KeyMap> {
    const { link, names, replicas } = ports
    await makeStream(link, {
      name: names.keyStream,
      subjects: [names.anyKey],
      discard: 'old',
      max_msgs_per_subject: 1,
      num_replicas: replicas,
    }).catch(async (error: unknown) => {
      if (!isRefusal(error, JET.subjectsOverlap)) throw error
      const [stranger = ''] = await streamsOver(link, names.anyKey)
      throw namespaceTaken(stranger, names.anyKey)
    })
    const map = new KeyMap(ports)
    map.#follow()
    await map.put(`c:${link.word()}`, new Uint8Array(0), 'any', 1)
    return map
  }

  private constructor(ports: KeyMapPorts) {
    this.#ports = ports
    this.#link = ports.link
    this.#serverTime = new ServerTime(ports.clock, ports.isClockShared)
  }

  /** Wall time as all brokers of this map agree on it, ms. */
  now(): number {
    return this.#serverTime.now()
  }

  /** The mirror as it is. */
  get(key: string): Row | null {
    const row = this.#held.get(key)?.row ?? null
    return row !== null && this.#isOver(row) ? null : row
  }

  /** Live rows under a prefix, by key. */
  list(prefix: string): Row[] {
    const found: Row[] = []
    for (const [key, { row }] of this.#held) {
      if (row !== null && key.startsWith(prefix) && !this.#isOver(row)) found.push(row)
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /**
   * Resolves when the mirror has all that was stored before the call. Who asks within one turn shares
   * one look, which is sent after them.
   */
  fresh(): Promise<void> {
    this.#looking ??= Promise.resolve().then(() => {
      this.#looking = null
      return this.#look()
    })
    return this.#looking
  }

  /**
   * The newest message is never removed: a stream that ends before what was heard is another one, or an older
   * copy, and what it says would never be heard. A server that lags may say so too, for a moment.
   */
  async #look(): Promise<void> {
    const { link, names } = this.#ports
    for (let looks = 1; ; looks++) {
      const seen = this.#seen
      const last = await lastMessage(link, names.keyStream, names.anyKey).catch(
        (error: unknown) => {
          throw this.#ofStream(error)
        },
      )
      const found = last?.message ?? 0
      if (found >= seen) return this.#reach(found)
      if (looks === LOOKS) throw keysLost(names.keyStream)
      await link.pause()
    }
  }

  #ofStream(error: unknown): Error {
    const isLost = isRefusal(error, JET.streamUnknown)
    return isLost ? keysLost(this.#ports.names.keyStream) : asError(error)
  }

  /** Called for every key that is written or removed. */
  listen(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @returns the new revision @throws KeyTaken */
  put(
    key: string,
    value: Uint8Array,
    expect: number | 'absent' | 'any',
    ttlMs = 0,
  ): Promise<number> {
    return this.#write(key, { letter: 'k', value, ttlMs }, expect)
  }

  /**
   * A key that the mirror holds is removed by a message sent within the call, so that it comes before
   * whatever this broker writes next. @throws KeyTaken
   */
  async remove(key: string, expect: number | 'any'): Promise<void> {
    const isHeld = () => this.#held.get(key)?.row != null
    if (expect === 'any' && !isHeld()) {
      await this.fresh()
      if (!isHeld()) return
    }
    await this.#write(key, { letter: 'd', value: new Uint8Array(0), ttlMs: 0 }, expect)
  }

  /** Forgets removed and outlived keys, but for the newest message of all. Answers how many. */
  async sweep(): Promise<number> {
    await this.fresh()
    const over = [...this.#held].filter(
      ([, { row, message }]) => message < this.#seen && (row === null || this.#isOver(row)),
    )
    const numbers = over.map(([, { message }]) => message)
    await removeMessages(this.#ports, this.#ports.names.keyStream, numbers)
    // Nobody hears of it; a write that expects the message finds out.
    for (const [key, { message }] of over) {
      if (this.#held.get(key)?.message === message) this.#held.delete(key)
    }
    return over.length
  }

  close(): void {
    this.#feed?.close()
    this.#fail(new Unanswered('the broker was closed'))
  }

  async #write(
    key: string,
    what: { letter: 'k' | 'd'; value: Uint8Array; ttlMs: number },
    expect: number | 'absent' | 'any',
  ): Promise<number> {
    const { names, clock } = this.#ports
    const word = this.#link.word()
    for (let tries = 0; ; tries++) {
      let guard: number | null = null
      if (expect !== 'any') {
        // What the mirror knows is enough to try: the server refuses what is not so any more.
        if (tries > 0 || this.#found(key) !== expect) await this.fresh()
        const found = this.#found(key)
        if (found !== expect) throw new KeyTaken(found)
        guard = this.#held.get(key)?.message ?? 0
      }
      const expiresMs = what.ttlMs === 0 ? 0 : Math.ceil(this.now() + what.ttlMs)
      const lines: Record<string, string> = { [MARK]: `${what.letter} ${word} ${expiresMs}` }
      if (guard !== null) lines[FENCE_SUBJECT] = String(guard)
      const sentMs = clock.monotonic()
      try {
        const { message } = await this.#link.publish(names.key(key), frame(key, what.value), lines)
        const answeredMs = clock.monotonic()
        await this.#reach(message)
        this.#serverTime.guess(message, sentMs, answeredMs)
        return message
      } catch (error) {
        const message = await this.#settle({ key, word, guard }, error)
        if (message !== null) return message
      }
    }
  }

  #found(key: string): number | 'absent' {
    return this.get(key)?.revision ?? 'absent'
  }

  /** After a write that failed: the revision when it is stored all the same, null to try again. */
  async #settle({ key, word, guard }: Attempt, error: unknown): Promise<number | null> {
    if (isRefusal(error, JET.wrongLast)) {
      if (error.foundLast === 0) this.#forget(key, guard)
      else if (error.foundLast === null) await this.#forgetSwept(key, guard)
      return null
    }
    if (isRefusal(error) && error.isFull) throw logFull('keys', error.description)
    const isAway = error instanceof Unanswered || isRefusal(error, JET.streamUnknown)
    if (!isAway) throw error
    if (this.#failure !== null) throw this.#failure
    if (this.#link.isClosed) throw error
    await this.#link.stall(this.#ports.names.key(key))
    // Fails when the stream is gone, and not only without a leader.
    await this.fresh()
    const held = this.#held.get(key)
    return held?.word === word ? held.message : null
  }

  /** Of a key whose message somebody swept nobody hears. */
  async #forgetSwept(key: string, guard: number | null): Promise<void> {
    const { names } = this.#ports
    const last = await lastMessage(this.#link, names.keyStream, names.key(key))
    if (last === null) this.#forget(key, guard)
  }

  /**
   * Unless another message was heard since the write was sent, for it is heard once: a leader refuses a
   * write beside one that is not stored yet, and says that there is none.
   */
  #forget(key: string, guard: number | null): void {
    if (this.#held.get(key)?.message === guard) this.#held.delete(key)
  }

  #follow(): void {
    const { names } = this.#ports
    this.#feed = new Feed(
      this.#ports,
      { stream: names.keyStream, subject: names.anyKey, from: 1 },
      {
        wants: () => true,
        onMessage: (message) => this.#take(message),
        onEnd: (error) => this.#fail(this.#ofStream(error)),
      },
    )
  }

  #take({ message, data, headers, timeMs }: FeedMessage): void {
    const [letter, word = '', expires] = (headers?.get(MARK) ?? '').split(' ')
    const framed = unframe(data)
    this.#serverTime.heard(message, timeMs)
    if (framed !== null) {
      const { key, value } = framed
      const expiresMs = Number(expires)
      const row = letter === 'k' ? { key, value, revision: message, expiresMs } : null
      this.#held.set(key, { row, message, word })
      this.#seen = message
      for (const listener of this.#listeners) listener(key)
    } else this.#seen = message
    this.#waiting = this.#waiting.filter((waiter) => {
      if (waiter.until > message) return true
      waiter.resolve()
      return false
    })
  }

  #reach(message: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.#seen >= message) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ until: message, resolve, reject })
    })
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #isOver({ expiresMs }: Row): boolean {
    return expiresMs !== 0 && expiresMs <= this.now()
  }
}

/** The key in front of the value, since a subject cannot be turned back into every key. */
function frame(key: string, value: Uint8Array): Uint8Array {
  const name = Buffer.from(key, 'utf8')
  const head = Buffer.allocUnsafe(2)
  head.writeUInt16BE(name.length)
  return Buffer.concat([head, name, value])
}

function unframe(data: Uint8Array): { key: string; value: Uint8Array } | null {
  if (data.length < 2) return null
  const end = 2 + ((data[0] ?? 0) << 8) + (data[1] ?? 0)
  if (end > data.length) return null
  const key = Buffer.from(data.subarray(2, end)).toString('utf8')
  return { key, value: Uint8Array.from(data.subarray(end)) }
}

/**
 * The server's wall clock, guessed: hosts need not agree about the time of day for a lease to be over
 * at the same moment for all of them. Each own write tells: the server's stamp lies between its being
 * sent and its being answered.
 */
class ServerTime {
  readonly #clock: Clock
  readonly #isShared: boolean
  readonly #stamps = new Map<number, number>()
  #offsetMs: number
  #errorMs = Number.POSITIVE_INFINITY
  #guessedMs = 0

  constructor(clock: Clock, isShared: boolean) {
    this.#clock = clock
    this.#isShared = isShared
    this.#offsetMs = clock.now() - clock.monotonic()
  }

  now(): number {
    return this.#isShared ? this.#clock.now() : this.#clock.monotonic() + this.#offsetMs
  }

  /** When the server stored a message, by its own clock. */
  heard(message: number, timeMs: number): void {
    this.#stamps.set(message, timeMs)
    if (this.#stamps.size > 64) this.#stamps.delete(this.#stamps.keys().next().value ?? 0)
  }

  /** An own write and its round trip; better guesses replace worse and old ones. */
  guess(message: number, sentMs: number, answeredMs: number): void {
    const stampMs = this.#stamps.get(message)
    const errorMs = answeredMs - sentMs
    if (stampMs === undefined) return
    const isOld = answeredMs - this.#guessedMs > 30_000
    if (errorMs > this.#errorMs && !isOld) return
    this.#offsetMs = stampMs - (sentMs + answeredMs) / 2
    this.#errorMs = errorMs
    this.#guessedMs = answeredMs
  }
}
