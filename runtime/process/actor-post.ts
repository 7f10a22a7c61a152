// Mail to keyed actors from outside: what `app.actor(...)` and the command line use. A message is a
// record in the actor's mailbox; an answer comes back as a record of the application's replies topic,
// which every asker follows from its end and looks through for its own.

import type { Broker, Producer, Reader } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { fromUtf8 } from '#protocols/core/bytes'
import type { Cancel, Clock, Random } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import {
  ASK,
  ERROR,
  header,
  headerOf,
  mailboxTopic,
  ORDER,
  repliesTopic,
} from '#protocols/messages/actor-mail'
import { BatchBuilder, BatchCursor } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import { type Headers, NO_HEADERS } from '#protocols/records/record'
import { decoded, encoded } from '#protocols/serdes/whole'
import type { Askable } from '../dsl/actor.ts'

export interface PostPorts {
  readonly broker: Broker
  readonly clock: Clock
  readonly random: Random
  readonly application: string
}

/** One actor, by its key, from outside. */
export interface ActorHandle<M, R> {
  /** Resolves when the message is in the mailbox, as durable as the broker promises. */
  tell(message: M): Promise<void>
  /**
   * Tells it something and waits for its `reply`.
   * @param options.timeoutMs default 5,000
   * @throws MillraceError ASK_TIMEOUT: the message was told all the same; ACTOR_FAILED
   */
  ask(message: M, options?: { readonly timeoutMs?: number | undefined }): Promise<R>
}

const ASK_MS = 5000

interface Waiting {
  readonly settle: (value: Uint8Array | null, headers: Headers) => void
}

export class ActorPost {
  readonly #ports: PostPorts
  readonly #producer: Producer
  readonly #waiting = new Map<string, Waiting>()
  #replies: Reader | null = null

  constructor(ports: PostPorts) {
    this.#ports = ports
    this.#producer = ports.broker.producer()
  }

  handle<K, M, R>(actor: Askable<K, M, R>, key: K): ActorHandle<M, R> {
    const keyBytes = encoded(actor.keySerde, key)
    const write = (message: M): Uint8Array => encoded(actor.messageSerde, message)
    return {
      tell: (message) => this.#send(actor.name, keyBytes, write(message), NO_HEADERS),
      ask: async (message, { timeoutMs = ASK_MS } = {}) => {
        const answer = await this.#ask(actor.name, keyBytes, write(message), timeoutMs)
        return decoded(actor.replySerde, answer)
      },
    }
  }

  /** Lets a quarantined key of an actor go on. */
  order(actor: string, key: Uint8Array, order: 'retry' | 'skip'): Promise<void> {
    return this.#send(actor, key, null, [header(ORDER, order)])
  }

  close(): void {
    this.#replies?.close()
    this.#replies = null
  }

  async #ask(
    actor: string,
    key: Uint8Array,
    message: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    this.#listen()
    const id = `${Math.floor(this.#ports.random.next() * 2 ** 48).toString(36)}-${this.#waiting.size}`
    let cancel: Cancel = () => {}
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const late = (): void => reject(askTimeout(actor, timeoutMs))
      cancel = this.#ports.clock.after(timeoutMs, late)
      this.#waiting.set(id, {
        settle: (value, headers) => {
          const error = headerOf(headers, ERROR)
          if (error !== undefined) reject(actorFailed(error))
          else resolve(value ?? new Uint8Array(0))
        },
      })
    })
    answer.catch(() => {}) // it may fail while the message is still being appended
    try {
      await this.#send(actor, key, message, [header(ASK, id)])
      return await answer
    } finally {
      cancel()
      this.#waiting.delete(id)
    }
  }

  async #send(
    actor: string,
    key: Uint8Array,
    message: Uint8Array | null,
    headers: Headers,
  ): Promise<void> {
    const { broker, clock, application } = this.#ports
    const topic = mailboxTopic(application, actor)
    const found = await broker.topics.describe(topic)
    if (found === null) throw topicUnknown(topic)
    const builder = new BatchBuilder()
    const intakeTime = clock.now()
    builder.add(key, message, intakeTime, headers)
    const partition = partitionOf(key, key.length, found.partitions)
    const batch = builder.finish({ intakeTime })
    await this.#producer.append([{ to: { topic, partition }, batch }])
  }

  /** Follows the replies from here on: nobody has asked before. */
  #listen(): void {
    if (this.#replies !== null) return
    const { broker, application } = this.#ports
    const at = { topic: repliesTopic(application), partition: 0 }
    this.#replies = broker.reader(at, 'latest', () => this.#read())
    this.#read()
  }

  #read(): void {
    const reader = this.#replies
    if (reader === null) return
    for (let some = reader.take(1 << 20); some.length > 0; some = reader.take(1 << 20)) {
      for (const { base, batch } of some) {
        const cursor = new BatchCursor(batch, base)
        while (cursor.next()) {
          const { key, value, headers } = cursor.record()
          if (key !== null) this.#waiting.get(fromUtf8(key))?.settle(value, headers)
        }
      }
    }
  }
}

const askTimeout = (actor: string, ms: number): MillraceError =>
  new MillraceError({
    code: 'ASK_TIMEOUT',
    what: `actor '${actor}' did not answer within ${ms} ms`,
    hint: 'The message is in its mailbox; it may be handled yet',
    retry: 'soon',
  })

const actorFailed = (why: string): MillraceError =>
  new MillraceError({
    code: 'ACTOR_FAILED',
    what: why,
    hint: 'Look at it with: millrace quarantine ls',
  })
