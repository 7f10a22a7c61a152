// The mail of keyed actors: topics, headers, and what an actor's row looks like.
//
//   <application>.<actor>.mailbox    key: the actor's key; value: a message
//       header millrace.ask = id     somebody waits for an answer
//       header millrace.order = retry | skip     not a message: what to do with a quarantined key
//   <application>.replies            key: the id of an ask; value: the answer
//       header millrace.error = sentence         the answer is that it failed
//   <application>.<actor>.output     key: the actor's key; value: what it emitted
//
//   row = behavior, number of timers (1 byte), their names, state (the actor's serde); a text is its
//         length (1 byte) and UTF-8

import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../core/byte-writer.ts'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import type { Header, Headers } from '../records/record.ts'
import type { Serde } from '../serdes/serde.ts'
import { decoded, encoded } from '../serdes/whole.ts'

export const mailboxTopic = (application: string, actor: string): string =>
  `${application}.${actor}.mailbox`
export const outputTopic = (application: string, actor: string): string =>
  `${application}.${actor}.output`
/** Whose mailbox or output a topic is; null of any other. */
export function actorOfTopic(application: string, topic: string): string | null {
  if (!topic.startsWith(`${application}.`)) return null
  const [, actor] = /^(.+)\.(?:mailbox|output)$/.exec(topic.slice(application.length + 1)) ?? []
  return actor ?? null
}

export const repliesTopic = (application: string): string => `${application}.replies`

export const ASK = 'millrace.ask'
export const ORDER = 'millrace.order'
export const ERROR = 'millrace.error'

export const header = (name: string, value: string): Header => [name, utf8(value)]

export function headerOf(headers: Headers, name: string): string | undefined {
  for (const [known, value] of headers) if (known === name) return fromUtf8(value)
  return undefined
}

/** What is kept of an actor between two messages. */
export interface ActorRow<S> {
  readonly behavior: string
  /** Names of timers that may be set. */
  readonly timers: readonly string[]
  readonly state: S
}

/** Most bytes of a behavior's or a timer's name, and most timers of one actor. */
export const ACTOR_NAMES_MAX = 127

export const actorRowSerde = <S>(state: Serde<S>): Serde<ActorRow<S>> => ({
  name: `actor(${state.name})`,
  write(row, out) {
    writeText(row.behavior, out)
    out.byte(row.timers.length)
    for (const name of row.timers) writeText(name, out)
    state.write(row.state, out)
  },
  read(bytes, start, end) {
    const texts = new TextReader(bytes, start)
    const behavior = texts.next()
    const timers = Array.from({ length: texts.byte() }, () => texts.next())
    return { behavior, timers, state: state.read(bytes, texts.at, end) }
  },
})

function writeText(text: string, out: ByteWriter): void {
  const start = out.begin()
  out.text(text)
  out.end(start)
}

class TextReader {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    return this.#bytes[this.at++] ?? 0
  }

  next(): string {
    const length = this.byte()
    this.at += length
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }
}

/** A message with what came with it. */
export interface Mail<M> {
  readonly message: M
  readonly time: number
  readonly headers: Headers
  /** The timer that sent it, when one did. */
  readonly timer?: string | undefined
}

/** A message as it waits in quarantine. */
export interface KeptMail<M> extends Mail<M> {
  /** Of the message a key failed at; empty for those behind it. */
  readonly error: string
  /** Wall time of the failure, ms. */
  readonly atMs: number
  /** How many wait behind it. */
  readonly waiting: number
}

interface KeptDocument {
  readonly error: string
  readonly atMs: number
  readonly waiting: number
  readonly time: number
  readonly timer?: string
  readonly headers: readonly (readonly [string, string])[]
  readonly message: string
}

/** JSON; headers and the message in base64. */
export const keptMailSerde = <M>(message: Serde<M>): Serde<KeptMail<M>> => ({
  name: `mail(${message.name})`,
  write({ headers, message: kept, ...facts }, out) {
    const document = {
      ...facts,
      headers: headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      message: Buffer.from(encoded(message, kept)).toString('base64'),
    }
    out.text(JSON.stringify(document))
  },
  read(bytes, start, end) {
    // Written above.
    const kept = JSON.parse(bytes.toString('utf8', start, end)) as KeptDocument
    return {
      ...kept,
      headers: kept.headers.map(([name, value]): Header => [name, Buffer.from(value, 'base64')]),
      message: decoded(message, Buffer.from(kept.message, 'base64')),
    }
  },
})

/** A key and a name under it: of a timer, or a place in a queue. */
export interface Named<K> {
  readonly key: K
  readonly name: string
}

/** Grammar: key length (4 bytes, big-endian), key, name (UTF-8). Keys of one actor sort together. */
export const namedSerde = <K>(key: Serde<K>): Serde<Named<K>> => ({
  name: `named(${key.name})`,
  write(named, out) {
    out.reserve(4)
    const at = out.length
    out.length += 4
    key.write(named.key, out)
    out.buffer.writeUInt32BE(out.length - at - 4, at)
    out.text(named.name)
  },
  read(bytes, start, end) {
    const length = bytes.readUInt32BE(start)
    const from = start + 4
    return {
      key: key.read(bytes, from, from + length),
      name: bytes.toString('utf8', from + length, end),
    }
  },
})
