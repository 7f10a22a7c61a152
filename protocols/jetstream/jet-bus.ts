// The bus: NATS' own request and reply, with bodies of any size. One that is larger than a message goes
// in parts to the door of one server, a subject that only that broker hears; so do answers.
//
//   Millrace-Bus: ask <id> <part> <parts> <subject>     a question, to <ns>.b.<subject> or to a door
//   Millrace-Bus: door <id>                             which door is it; answered with the same line
//   Millrace-Bus: ok|no <id> <part> <parts>             an answer, or the sentence of an error
//
// Who serves what is also a key that is renewed while it is served, for those who want to know.

import type { Msg } from 'nats'
import type { Bus } from '../broker/broker.ts'
import { noResponder, requestFailed, requestTimeout } from '../broker/errors.ts'
import { EMPTY, fromUtf8, utf8 } from '../core/bytes.ts'
import type { Cancel, Clock } from '../core/clock.ts'
import { asError } from '../core/errors.ts'
import type { KeyMap } from './key-map.ts'
import type { Link } from './link.ts'
import type { Names } from './names.ts'

export interface BusPorts {
  readonly link: Link
  readonly clock: Clock
  readonly names: Names
  readonly map: KeyMap
}

type Answer = (body: Uint8Array) => Promise<Uint8Array>

interface Asked {
  readonly subject: string
  readonly body: Uint8Array
  readonly parts: Map<number, Uint8Array>
  settle(isOk: boolean, body: Uint8Array): void
  fail(error: Error): void
}

const LINE = 'Millrace-Bus'
const SERVES_MS = 15_000
const RENEW_MS = 5_000
const HEAD_BYTES = 4_096
const CLOSE_MS = 500

export class JetBus implements Bus {
  readonly #ports: BusPorts
  readonly #door: string
  readonly #served = new Map<string, { answer: Answer; stop: () => void }>()
  readonly #asked = new Map<string, Asked>()
  /** Questions in parts that are not complete yet. */
  readonly #coming = new Map<string, { parts: Map<number, Uint8Array>; forget: Cancel }>()
  #listening: Promise<() => void> | null = null
  #renewal: Cancel | null = null
  #isClosed = false

  constructor(ports: BusPorts) {
    this.#ports = ports
    this.#door = `_INBOX.${ports.link.word()}`
  }

  async request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const { clock, link, names } = this.#ports
    const id = link.word()
    await this.#listen()
    let cancel: Cancel = () => {}
    try {
      return await new Promise<Uint8Array>((resolve, reject) => {
        cancel = clock.after(timeoutMs, () => reject(requestTimeout(subject, timeoutMs)))
        this.#asked.set(id, {
          subject,
          body,
          parts: new Map(),
          fail: reject,
          settle: (isOk, bytes) =>
            isOk ? resolve(bytes) : reject(requestFailed(subject, fromUtf8(bytes))),
        })
        const to = names.bus(subject)
        const line = body.length > this.#room ? `door ${id}` : `ask ${id} 0 1 ${subject}`
        const first = body.length > this.#room ? EMPTY : body
        link.send(to, first, { [LINE]: line }, `${this.#door}.${id}`)
      })
    } finally {
      cancel()
      this.#asked.delete(id)
    }
  }

  async serve(subject: string, answer: Answer): Promise<() => void> {
    const { link, names } = this.#ports
    await this.#listen()
    const stop = await link.serve(names.bus(subject), (message) => this.#hear(message), 'serve')
    this.#served.get(subject)?.stop()
    const served = { answer, stop }
    this.#served.set(subject, served)
    await this.#register([subject])
    this.#renew()
    return () => {
      if (this.#served.get(subject) !== served) return
      stop()
      this.#served.delete(subject)
      // If it cannot be written the key goes by its time.
      this.#ports.map.remove(this.#keyOf(subject), 'any').catch(() => {})
    }
  }

  async subjects(prefix: string): Promise<readonly string[]> {
    await this.#ports.map.fresh()
    const found = this.#ports.map.list(`b:${prefix}`)
    return [...new Set(found.map(({ key }) => key.slice(2, key.lastIndexOf('\0'))))]
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#renewal?.()
    for (const { forget } of this.#coming.values()) forget()
    const subjects = [...this.#served.keys()]
    for (const { stop } of this.#served.values()) stop()
    this.#served.clear()
    if (this.#ports.link.isClosed) return
    const gone = subjects.map((subject) => this.#ports.map.remove(this.#keyOf(subject), 'any'))
    // Without a connection the keys go by their time; closing does not wait for one.
    const left = Promise.allSettled(gone)
    await Promise.race([
      left,
      new Promise<void>((resolve) => this.#ports.clock.after(CLOSE_MS, resolve)),
    ])
  }

  get #room(): number {
    return this.#ports.link.payloadMax - HEAD_BYTES
  }

  #listen(): Promise<() => void> {
    this.#listening ??= this.#ports.link.serve(`${this.#door}.*`, (message) => this.#hear(message))
    return this.#listening
  }

  #hear(message: Msg): void {
    if (this.#isClosed) return
    const token = message.subject.slice(this.#door.length + 1)
    if (message.headers?.code === 503) {
      const asked = this.#asked.get(token)
      asked?.fail(noResponder(asked.subject))
      return
    }
    const line = message.headers?.get(LINE) ?? ''
    const [kind, id = '', part, parts] = line.split(' ')
    if (kind === 'ask') {
      const subject = line.split(' ').slice(4).join(' ')
      this.#question(message, { id, subject, part: Number(part), parts: Number(parts) })
    } else if (kind === 'door') this.#atTheDoor(message, id)
    else if (kind === 'ok' || kind === 'no') {
      this.#answered(id, kind === 'ok', message.data, Number(part), Number(parts))
    }
  }

  /** Asked for the door, or told of it. */
  #atTheDoor(message: Msg, id: string): void {
    const { link } = this.#ports
    const asked = this.#asked.get(id)
    const isTold = message.subject.startsWith(this.#door)
    if (!isTold) {
      link.send(message.reply ?? '', utf8(`${this.#door}.q`), { [LINE]: `door ${id}` })
      return
    }
    if (asked === undefined) return
    const door = fromUtf8(message.data)
    const { subject, body } = asked
    this.#sendParts(door, body, (at, of) => `ask ${id} ${at} ${of} ${subject}`, id)
  }

  #question(message: Msg, ask: { id: string; subject: string; part: number; parts: number }): void {
    const { id, subject, part, parts } = ask
    if (parts === 1) return this.#serve(subject, id, message.reply ?? '', message.data)
    const { clock } = this.#ports
    let coming = this.#coming.get(id)
    if (coming === undefined) {
      const forget = clock.after(SERVES_MS, () => this.#coming.delete(id))
      coming = { parts: new Map(), forget }
      this.#coming.set(id, coming)
    }
    coming.parts.set(part, Uint8Array.from(message.data))
    if (coming.parts.size < parts) return
    coming.forget()
    this.#coming.delete(id)
    this.#serve(subject, id, message.reply ?? '', joined(coming.parts))
  }

  #serve(subject: string, id: string, reply: string, body: Uint8Array): void {
    const served = this.#served.get(subject)
    const outcome =
      served === undefined
        ? Promise.reject(noResponder(subject))
        : call(served.answer, Uint8Array.from(body))
    outcome.then(
      (bytes) => this.#sendParts(reply, bytes, (at, of) => `ok ${id} ${at} ${of}`),
      (error: unknown) => {
        const sentence = utf8(asError(error).message)
        this.#sendParts(reply, sentence, (at, of) => `no ${id} ${at} ${of}`)
      },
    )
  }

  #sendParts(
    to: string,
    body: Uint8Array,
    line: (part: number, parts: number) => string,
    replyId?: string,
  ): void {
    const { link } = this.#ports
    const parts = Math.max(1, Math.ceil(body.length / this.#room))
    const reply = replyId === undefined ? undefined : `${this.#door}.${replyId}`
    for (let part = 0; part < parts; part++) {
      const bytes = body.subarray(part * this.#room, (part + 1) * this.#room)
      link.send(to, bytes, { [LINE]: line(part, parts) }, reply)
    }
  }

  #answered(id: string, isOk: boolean, bytes: Uint8Array, part: number, parts: number): void {
    const asked = this.#asked.get(id)
    if (asked === undefined) return
    asked.parts.set(part, Uint8Array.from(bytes))
    if (asked.parts.size === parts) asked.settle(isOk, joined(asked.parts))
  }

  async #register(subjects: readonly string[]): Promise<void> {
    const { map } = this.#ports
    await Promise.all(
      subjects.map((subject) => map.put(this.#keyOf(subject), EMPTY, 'any', SERVES_MS)),
    )
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

  #keyOf(subject: string): string {
    return `b:${subject}\0${this.#door}`
  }
}

/** Calls it so that a throw before its promise is a rejection too. */
const call = async (answer: Answer, body: Uint8Array): Promise<Uint8Array> => answer(body)

const joined = (parts: ReadonlyMap<number, Uint8Array>): Uint8Array =>
  Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes))
