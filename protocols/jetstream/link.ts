// The connections to NATS: one for requests and publishes, one for what readers pull, so that an answer
// never waits behind megabytes of records. All that leaves goes through `ask` and `publish`, which know
// their answers by an inbox of their own (js.publish costs ten times as much).
//
// Invariants: (1) every request settles: answered, refused, or Unanswered, when the time ran out or the
// connection broke while it was under way; (2) nothing is sent while there is no connection, since the
// client would keep it and drop it: what can wait waits, and is sent once; (3) after `close` all fails.

import {
  ErrorCode,
  Events,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Status,
  type Subscription,
} from 'nats'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import type { Cancel } from '../core/clock.ts'
import { asError, isMillraceError } from '../core/errors.ts'
import {
  connectPatiently,
  isLoginRefused,
  type LinkPorts,
  WAIT_MS,
  wordOfChance,
} from './connect.ts'
import {
  batchTooLarge,
  brokerAway,
  brokerClosed,
  brokerForbidden,
  JET,
  JetRefusal,
  jetStreamOff,
  refusalOf,
  Unanswered,
} from './errors.ts'
import { type Feature, JETSTREAM, need } from './features.ts'

export interface PublishAck {
  /** Number in the stream. */
  readonly message: number
  readonly stream: string
}

interface Awaited {
  readonly subject: string
  settle(message: Msg): void
  fail(error: Error): void
}

export const ANSWER_MS = 5_000
const RETRY_MS = 250
const STALL_TELL_MS = 5_000

export class Link {
  readonly #ports: LinkPorts
  readonly #control: NatsConnection
  readonly #data: NatsConnection
  readonly #inbox: string
  readonly #awaited = new Map<string, Awaited>()
  readonly #onReturn = new Set<() => void>()
  readonly #onClose = new Set<() => void>()
  #waiting: { resolve(): void; reject(error: Error): void }[] = []
  #isUp = true
  #isClosed = false
  /** Answers cannot come: the login may not hear its own inbox. */
  #deaf: Error | null = null
  #isRefusalTold = false
  /** Since nobody answers, though there is a connection, and when that was told. */
  #stalled: { readonly sinceMs: number; readonly toldMs: number | null } | null = null
  /** How often the connection for requests was lost: ever, and when the other one was lost last. */
  readonly #losses = { control: 0, data: 0 }
  #next = 0

  /**
   * Waits for the server as long as the settings say, telling so every few seconds.
   * @throws MillraceError BROKER_AWAY, BROKER_REFUSED, BROKER_FORBIDDEN, CREDENTIALS_INVALID,
   *   JETSTREAM_OFF, NATS_TOO_OLD
   */
  static async open(ports: LinkPorts): Promise<Link> {
    const control = await connectPatiently(ports, 'control')
    try {
      const data = await connectPatiently(ports, 'data')
      const link = new Link(ports, control, data)
      try {
        await link.#check()
      } catch (error) {
        await link.close()
        throw error
      }
      return link
    } catch (error) {
      await control.close()
      throw error
    }
  }

  private constructor(ports: LinkPorts, control: NatsConnection, data: NatsConnection) {
    this.#ports = ports
    this.#control = control
    this.#data = data
    this.#inbox = `_INBOX.${wordOfChance(ports.random)}`
    control.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#hear(message)
      },
    })
    void this.#follow(control, (isUp) => this.#turn(isUp))
    void this.#follow(data, (isUp) => this.#turnData(isUp))
  }

  /** Largest message, headers included. */
  get payloadMax(): number {
    return this.#control.info?.max_payload ?? 1024 * 1024
  }

  get #version(): string {
    return this.#control.info?.version ?? ''
  }

  /** @throws MillraceError NATS_TOO_OLD */
  need(feature: Feature): void {
    need(feature, this.#version, this.#control.getServer())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /**
   * One request of the JetStream API. All that are asked here may be asked again, and are, until the
   * server answers or the link is closed.
   * @throws JetRefusal, MillraceError BROKER_CLOSED
   */
  async ask<T>(subject: string, body?: object): Promise<T> {
    for (;;) {
      try {
        return await this.#askOnce<T>(subject, body)
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
        await this.stall(subject)
      }
    }
  }

  async #askOnce<T>(subject: string, body?: object): Promise<T> {
    await this.#up()
    const payload = body === undefined ? undefined : utf8(JSON.stringify(body))
    const answer = await this.#request(`$JS.API.${subject}`, payload, undefined, ANSWER_MS)
    return refuseError<T>(answer)
  }

  /** @throws JetRefusal, Unanswered */
  async publish(
    subject: string,
    payload: Uint8Array,
    lines: Readonly<Record<string, string>>,
  ): Promise<PublishAck> {
    await this.#up()
    const answer = await this.#request(subject, payload, headersOf(lines), ANSWER_MS)
    if (answer.headers?.code === 503) throw new JetRefusal(JET.streamUnknown, 'no stream takes it')
    const { stream, seq } = refuseError<{ stream: string; seq: number }>(answer)
    this.#goOn()
    return { stream, message: seq }
  }

  /** Sends and forgets; lost when there is no connection. */
  send(
    subject: string,
    payload: Uint8Array,
    lines: Readonly<Record<string, string>> = {},
    reply?: string,
  ): void {
    if (!this.#isUp || this.#isClosed) return
    const to = reply === undefined ? {} : { reply }
    this.#control.publish(subject, payload, { headers: headersOf(lines), ...to })
  }

  /** Hears a subject on the connection for requests. Resolves when the server knows. */
  async serve(subject: string, hear: (message: Msg) => void, queue?: string): Promise<() => void> {
    const heard = this.#control.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) hear(message)
      },
    })
    await this.#control.flush()
    return () => heard.unsubscribe()
  }

  /** Hears a subject on the connection for records. */
  listen(subject: string, hear: (message: Msg) => void): Subscription {
    return this.#data.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) hear(message)
      },
    })
  }

  /** Asks for records on the connection for records; they come to `reply`. */
  pull(subject: string, body: object, reply: string): void {
    if (this.#isClosed || this.#data.isClosed()) return
    this.#data.publish(subject, utf8(JSON.stringify(body)), { reply })
  }

  /** Calls `tell` whenever the connection for records is there again after it was lost. */
  onReturn(tell: () => void): () => void {
    this.#onReturn.add(tell)
    return () => this.#onReturn.delete(tell)
  }

  /** Calls `end` when the link is closed. */
  onClose(end: () => void): () => void {
    this.#onClose.add(end)
    return () => this.#onClose.delete(end)
  }

  /** A while, or less when the link is closed. @throws MillraceError BROKER_CLOSED */
  async pause(ms = RETRY_MS): Promise<void> {
    if (this.#isClosed) throw brokerClosed()
    await new Promise<void>((resolve) => this.#ports.clock.after(ms, resolve))
    if (this.#isClosed) throw brokerClosed()
  }

  /** A while before a request that nobody answered is made again; tells when it takes long. */
  async stall(subject: string): Promise<void> {
    const nowMs = this.#ports.clock.monotonic()
    this.#stalled ??= { sinceMs: nowMs, toldMs: null }
    const { sinceMs, toldMs } = this.#stalled
    if (this.#isUp && nowMs - (toldMs ?? sinceMs) >= STALL_TELL_MS) {
      this.#stalled = { sinceMs, toldMs: nowMs }
      const line = `NATS at ${this.#control.getServer()} is there and does not answer ${subject}: a cluster keeps nothing while the majority of the servers of a stream is away; trying until it is back`
      this.#ports.log.log('warn', 'BROKER_STALLED', line)
    }
    await this.pause()
  }

  /** Says what operators should know. */
  tell(level: 'info' | 'warn', code: string, line: string): void {
    this.#ports.log.log(level, code, line)
  }

  /** A name nobody else has. */
  word(): string {
    return wordOfChance(this.#ports.random)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const end of [...this.#onClose]) end()
    this.#fail(brokerClosed())
    for (const { reject } of this.#waiting.splice(0)) reject(brokerClosed())
    await Promise.all([this.#control.close(), this.#data.close()])
  }

  async #check(): Promise<void> {
    const server = this.#control.getServer()
    this.need(JETSTREAM)
    const { clock, settings } = this.#ports
    const endMs = clock.monotonic() + (settings.waitMs ?? WAIT_MS)
    for (;;) {
      try {
        await this.#askOnce('INFO')
        return
      } catch (error) {
        if (error instanceof JetRefusal) throw jetStreamOff(server)
        if (isMillraceError(error)) throw error
        // A cluster that begins takes some seconds until it has a leader.
        if (clock.monotonic() >= endMs) throw brokerAway(`NATS at ${server} does not answer`, error)
        await this.stall('INFO')
      }
    }
  }

  #request(
    subject: string,
    payload: Uint8Array | undefined,
    lines: MsgHdrs | undefined,
    timeoutMs: number,
  ): Promise<Msg> {
    if (this.#isClosed) return Promise.reject(brokerClosed())
    if (this.#deaf !== null) return Promise.reject(this.#deaf)
    const token = String(this.#next++)
    return new Promise<Msg>((resolve, reject) => {
      let cancel: Cancel = () => {}
      const done = (): void => {
        cancel()
        this.#awaited.delete(token)
      }
      cancel = this.#ports.clock.after(timeoutMs, () => {
        done()
        reject(new Unanswered(`no answer within ${timeoutMs} ms: ${subject}`))
      })
      this.#awaited.set(token, {
        subject,
        settle: (message) => {
          done()
          resolve(message)
        },
        fail: (error) => {
          done()
          reject(error)
        },
      })
      try {
        const reply = `${this.#inbox}.${token}`
        this.#control.publish(subject, payload, {
          reply,
          ...(lines === undefined ? {} : { headers: lines }),
        })
      } catch (thrown) {
        this.#awaited.get(token)?.fail(this.#unsent(asError(thrown), subject, payload))
      }
    })
  }

  /** A server that came back may take less than the one before. */
  #unsent(error: Error, subject: string, payload: Uint8Array | undefined): Error {
    const isTooLarge = 'code' in error && error.code === ErrorCode.MaxPayloadExceeded
    return isTooLarge ? batchTooLarge(subject, payload?.length ?? 0, this.payloadMax) : error
  }

  #hear(message: Msg): void {
    this.#awaited.get(message.subject.slice(this.#inbox.length + 1))?.settle(message)
  }

  async #up(): Promise<void> {
    if (this.#isClosed) throw brokerClosed()
    if (this.#isUp) return
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  /** What is stored ends a stall. */
  #goOn(): void {
    const toldMs = this.#stalled?.toldMs ?? null
    this.#stalled = null
    if (toldMs === null) return
    const line = `NATS at ${this.#control.getServer()} takes records again`
    this.#ports.log.log('info', 'BROKER_BACK', line)
  }

  /** That both broke is said of the other one. */
  #turnData(isUp: boolean): void {
    if (!isUp) this.#losses.data = this.#losses.control
    if (!isUp || this.#isClosed) return
    for (const tell of this.#onReturn) tell()
    if (this.#losses.data !== this.#losses.control || !this.#isUp) return
    const line = `NATS at ${this.#data.getServer()} broke the connection that records come over, as it does where they are not taken in time, and it is there again: what did not come is asked for again`
    this.#ports.log.log('warn', 'BROKER_SLOW_READER', line)
  }

  #turn(isUp: boolean): void {
    if (isUp === this.#isUp || this.#isClosed) return
    this.#isUp = isUp
    if (!isUp) this.#losses.control++
    const { log } = this.#ports
    if (isUp) {
      this.#isRefusalTold = false
      log.log('info', 'BROKER_BACK', `connected to NATS at ${this.#control.getServer()} again`)
      for (const { resolve } of this.#waiting.splice(0)) resolve()
    } else {
      log.log('warn', 'BROKER_LOST', 'the connection to NATS is lost; trying until it is back')
      this.#fail(new Unanswered('the connection broke'))
    }
  }

  #fail(error: Error): void {
    for (const awaited of [...this.#awaited.values()]) awaited.fail(error)
  }

  async #follow(connection: NatsConnection, turn: (isUp: boolean) => void): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) turn(false)
      else if (status.type === Events.Reconnect) turn(true)
      else if (status.type === Events.Error) this.#complain(status)
    }
  }

  #complain({ data, permissionContext: denied }: Status): void {
    const { log } = this.#ports
    if (denied !== undefined) this.#forbid(denied)
    else if (!isLoginRefused(String(data))) {
      log.log('warn', 'BROKER_ERROR', `NATS says: ${String(data)}`)
    } else if (!this.#isRefusalTold) {
      this.#isRefusalTold = true
      const server = this.#control.getServer()
      const line = `NATS at ${server} does not accept the login any more; trying until it does`
      log.log('error', 'BROKER_REFUSED', line)
    }
  }

  /** The server never answers a request that it forbids: it says so beside it. */
  #forbid({ operation, subject }: { operation: string; subject: string }): void {
    const error = brokerForbidden(this.#control.getServer(), operation, subject)
    this.#ports.log.log('error', error.code, error.message)
    if (subject === `${this.#inbox}.*`) {
      this.#deaf = error
      this.#fail(error)
    }
    if (operation !== 'publish') return
    for (const awaited of [...this.#awaited.values()]) {
      if (awaited.subject === subject) awaited.fail(error)
    }
  }
}

function headersOf(lines: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers()
  for (const [name, value] of Object.entries(lines)) all.set(name, value)
  return all
}

function refuseError<T>({ data }: Msg): T {
  let answer: { error?: { err_code?: number; code: number; description?: string } }
  try {
    // The shape of every answer of JetStream.
    answer = JSON.parse(fromUtf8(data)) as typeof answer
  } catch {
    // No answer of JetStream: nobody there speaks it.
    throw new JetRefusal(JET.notEnabled, 'JetStream is not enabled')
  }
  const { error } = answer
  if (error === undefined) return answer as T // what the caller asked for
  throw refusalOf(error.err_code ?? error.code, error.description ?? '')
}
