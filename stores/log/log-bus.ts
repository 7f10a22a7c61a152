// The bus: questions and answers between processes, through one table and the doorbell. Nothing here
// outlives a crash or needs to: rows are transient, and every row has a time after which it is dirt.
//
//   's' subject 0 door          -> expires(8)                       who serves what, renewed while served
//   'q' door 0 id               -> expires(8) JSON { subject, from } 0 body
//   'a' door 0 id               -> expires(8) ok(1) body or the error's sentence
//
// A door is one broker, a random name. A request goes to one server of the subject, the one that renewed
// its row last; it is taken out of the table before it is answered, so it is answered once.

import type { Bus } from '#protocols/broker/broker'
import { noResponder, requestFailed, requestTimeout } from '#protocols/broker/errors'
import { afterPrefix, concatBytes, fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Cancel, Clock, Random } from '#protocols/core/clock'
import { asError } from '#protocols/core/errors'
import type { Engine } from '../engine/engine.ts'
import type { Arrivals } from './arrivals.ts'
import { decodeNumber, encodeNumber, type LogTables } from './layout.ts'
import { randomTag } from './random-tag.ts'

const SERVES_MS = 15_000
const RENEW_MS = 5_000
const ANSWER_KEPT_MS = 60_000
const TIME_BYTES = 8
const SWEEP_MAX = 1_000

type Answer = (body: Uint8Array) => Promise<Uint8Array>

interface Asked {
  readonly subject: string
  readonly settle: (isOk: boolean, body: Uint8Array) => void
}

interface Question {
  readonly id: string
  readonly subject: string
  readonly from: string
  readonly body: Uint8Array
}

export interface BusPorts {
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  readonly tables: LogTables
  readonly arrivals: Arrivals
}

export class LogBus implements Bus {
  readonly #ports: BusPorts
  readonly #door: string
  readonly #served = new Map<string, Answer>()
  readonly #asked = new Map<string, Asked>()
  #renewal: Cancel | null = null
  #forget: (() => void) | null = null
  #isBusy = false
  #isRungAgain = false
  #isClosed = false

  constructor(ports: BusPorts) {
    this.#ports = ports
    this.#door = randomTag(ports.random)
  }

  async request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    this.#listen()
    const { clock } = this.#ports
    const id = randomTag(this.#ports.random)
    let cancel: Cancel = () => {}
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      cancel = clock.after(timeoutMs, () => reject(requestTimeout(subject, timeoutMs)))
      this.#asked.set(id, {
        subject,
        settle: (isOk, bytes) =>
          isOk ? resolve(bytes) : reject(requestFailed(subject, fromUtf8(bytes))),
      })
    })
    // The time may run out while the question is still being written.
    answer.catch(() => {})
    try {
      await this.#commit(() => this.#ask(id, subject, body, timeoutMs))
      return await answer
    } finally {
      cancel()
      this.#asked.delete(id)
    }
  }

  async serve(subject: string, answer: Answer): Promise<() => void> {
    this.#listen()
    this.#served.set(subject, answer)
    await this.#register([subject])
    this.#renew()
    return () => this.#withdraw(subject, answer)
  }

  async subjects(prefix: string): Promise<readonly string[]> {
    const { engine, clock, tables } = this.#ports
    engine.refresh()
    const from = utf8(`s${prefix}`)
    const found = new Set<string>()
    for (const { key, value } of tables.bus.range({ from, to: afterPrefix(from) })) {
      if (decodeNumber(value) > clock.now()) found.add(fromUtf8(key).slice(1).split('\0')[0] ?? '')
    }
    return [...found]
  }

  /** Removes rows whose time is over, some at a time. */
  sweep(): Promise<number> {
    const { clock, tables } = this.#ports
    return this.#commit(() => {
      const over: Uint8Array[] = []
      for (const { key, value } of tables.bus.range()) {
        if (decodeNumber(value) <= clock.now()) over.push(key)
        if (over.length === SWEEP_MAX) break
      }
      for (const key of over) tables.bus.delete(key)
      return over.length
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#renewal?.()
    this.#forget?.()
    const subjects = [...this.#served.keys()]
    this.#served.clear()
    if (subjects.length > 0) await this.#unregister(subjects)
  }

  /** In a body. @throws MillraceError NO_RESPONDER */
  #ask(id: string, subject: string, body: Uint8Array, timeoutMs: number): void {
    const { clock, tables } = this.#ports
    const now = clock.now()
    const from = utf8(`s${subject}\0`)
    const door = this.#newest(from, now)
    if (door !== null) {
      const head = utf8(`${JSON.stringify({ subject, from: this.#door })}\0`)
      const row = concatBytes(encodeNumber(now + timeoutMs), head, body)
      tables.bus.put(utf8(`q${door}\0${id}`), row)
      return
    }
    throw noResponder(subject)
  }

  /**
   * The door that said last that it serves: of a host that was killed and is back, that it has now. A row
   * that lasts longer than rows do was written before the clock was set back, and renewed by nobody since.
   */
  #newest(from: Uint8Array, now: number): string | null {
    let newest: { readonly door: string; readonly rank: number } | null = null
    for (const { key, value } of this.#ports.tables.bus.range({ from, to: afterPrefix(from) })) {
      const leftMs = decodeNumber(value) - now
      if (leftMs <= 0) continue
      const rank = leftMs > SERVES_MS ? 0 : leftMs
      if (newest !== null && newest.rank >= rank) continue
      newest = { door: fromUtf8(key.subarray(from.length)), rank }
    }
    return newest?.door ?? null
  }

  /** Starts to hear the doorbell; a broker that never uses the bus does not look. */
  #listen(): void {
    if (this.#forget !== null || this.#isClosed) return
    this.#forget = this.#ports.arrivals.watch(() => this.#look())
  }

  #look(): void {
    if (this.#isBusy) {
      this.#isRungAgain = true
      return
    }
    const questions = utf8(`q${this.#door}\0`)
    const answers = utf8(`a${this.#door}\0`)
    if (!this.#hasAny(questions) && !this.#hasAny(answers)) return
    this.#isBusy = true
    this.#commit(() => ({ questions: this.#take(questions), answers: this.#take(answers) }), false)
      .then(
        (taken) => {
          for (const [id, value] of taken.answers) {
            const isOk = value[TIME_BYTES] === 1
            this.#asked.get(id)?.settle(isOk, value.subarray(TIME_BYTES + 1))
          }
          for (const [id, value] of taken.questions) this.#answer(decodeQuestion(id, value))
        },
        () => {
          // The log is full or closing: what waits runs into its time-out.
        },
      )
      .finally(() => {
        this.#isBusy = false
        if (!this.#isRungAgain || this.#isClosed) return
        this.#isRungAgain = false
        this.#look()
      })
  }

  #hasAny(from: Uint8Array): boolean {
    for (const _ of this.#ports.tables.bus.range({ from, to: afterPrefix(from), limit: 1 })) {
      return true
    }
    return false
  }

  /** In a body: rows under the prefix, removed. */
  #take(prefix: Uint8Array): [id: string, value: Uint8Array][] {
    const { bus } = this.#ports.tables
    const rows = [...bus.range({ from: prefix, to: afterPrefix(prefix) })]
    for (const { key } of rows) bus.delete(key)
    return rows.map(({ key, value }) => [fromUtf8(key.subarray(prefix.length)), value])
  }

  #answer({ id, subject, from, body }: Question): void {
    const serve = this.#served.get(subject)
    const outcome = serve === undefined ? Promise.reject(noResponder(subject)) : call(serve, body)
    outcome
      .then(
        (bytes) => concatBytes(Uint8Array.of(1), bytes),
        (error: unknown) => concatBytes(Uint8Array.of(0), utf8(asError(error).message)),
      )
      .then((row) =>
        this.#commit(() => {
          const until = encodeNumber(this.#ports.clock.now() + ANSWER_KEPT_MS)
          this.#ports.tables.bus.put(utf8(`a${from}\0${id}`), concatBytes(until, row))
        }),
      )
      .catch(() => {
        // The log is full or closing: who asked runs into the time-out.
      })
  }

  #register(subjects: readonly string[]): Promise<void> {
    const { clock, tables } = this.#ports
    return this.#commit(() => {
      const until = encodeNumber(clock.now() + SERVES_MS)
      for (const subject of subjects) tables.bus.put(utf8(`s${subject}\0${this.#door}`), until)
    })
  }

  #unregister(subjects: readonly string[]): Promise<void> {
    const { bus } = this.#ports.tables
    return this.#commit(() => {
      for (const subject of subjects) bus.delete(utf8(`s${subject}\0${this.#door}`))
    })
  }

  #withdraw(subject: string, answer: Answer): void {
    if (this.#served.get(subject) !== answer) return
    this.#served.delete(subject)
    // If it cannot be written the row goes by its time.
    this.#unregister([subject]).catch(() => {})
  }

  #renew(): void {
    if (this.#renewal !== null || this.#isClosed) return
    this.#renewal = this.#ports.clock.after(RENEW_MS, () => {
      this.#renewal = null
      if (this.#served.size === 0) return
      // A renewal that fails is made up for by the next one.
      this.#register([...this.#served.keys()]).catch(() => {})
      this.#renew()
    })
  }

  async #commit<T>(body: () => T, isNews = true): Promise<T> {
    const result = await this.#ports.engine.commit(body, { isTransient: true, passesLimit: true })
    if (isNews) this.#ports.arrivals.announceOther()
    return result
  }
}

/** Calls it so that a throw before its promise is a rejection too. */
const call = async (serve: Answer, body: Uint8Array): Promise<Uint8Array> => serve(body)

function decodeQuestion(id: string, row: Uint8Array): Question {
  const end = row.indexOf(0, TIME_BYTES)
  // Written by `#ask`.
  const head = JSON.parse(fromUtf8(row.subarray(TIME_BYTES, end))) as {
    subject: string
    from: string
  }
  return { id, ...head, body: row.slice(end + 1) }
}
