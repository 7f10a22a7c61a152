// The operator that runs keyed actors: takes a message from the mailbox, finds the actor's row, lets
// its behavior act, and writes down what it did. What a behavior does is held back until it returned,
// so that one that throws half-way did nothing.
//
// Stores: rows (key → behavior and state), timers by event time and by the wall clock, and, for keys
// whose behavior threw, what waits for them (quarantine.ts).

import { asError } from '#protocols/core/errors'
import {
  type ActorRow,
  ASK,
  ERROR,
  header,
  headerOf,
  type Mail,
  ORDER,
} from '#protocols/messages/actor-mail'
import { NO_HEADERS } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { NodeContext, Receive as NodeReceive, Output } from '../topology/node.ts'
import type { Addressable, FailurePolicy, Receive } from './behavior.ts'
import { Quarantine } from './quarantine.ts'
import { ActorTimers } from './timers.ts'
import { Turn } from './turn.ts'

export interface KeyedActorSpec<K, M, S, R, E> {
  readonly name: string
  readonly key: Serde<K>
  readonly message: Serde<M>
  readonly reply: Serde<R>
  readonly output: Serde<E>
  readonly initial: (key: K) => S
  readonly behaviors: Readonly<Record<string, Receive<K, M, S, R, E, string>>>
  /** The behavior of an actor without a row. */
  readonly first: string
  readonly onFailure: FailurePolicy
  readonly stores: ActorStores
  readonly topics: {
    readonly replies: string
    readonly output: string
    mailbox(actor: string): string
  }
}

export interface ActorStores {
  readonly rows: string
  readonly eventTimers: string
  readonly wallTimers: string
  /** Keys in quarantine, and the message each failed at. */
  readonly failed: string
  /** What waits behind it. */
  readonly waiting: string
}

export const keyedActor =
  <K, M, S, R, E>(spec: KeyedActorSpec<K, M, S, R, E>) =>
  (context: NodeContext): NodeReceive<K | null, M | null> => {
    const actors = new KeyedActors(spec, context)
    return (key, message, time) => actors.take(key, message, time)
  }

class KeyedActors<K, M, S, R, E> {
  readonly #spec: KeyedActorSpec<K, M, S, R, E>
  readonly #context: NodeContext
  readonly #rows
  readonly #quarantine: Quarantine<K, M>
  readonly #timers: ActorTimers<K, M>
  readonly #replies: Output<string, R>
  readonly #output: Output<K, E>
  readonly #mail = new Map<string, Output<unknown, unknown>>()

  constructor(spec: KeyedActorSpec<K, M, S, R, E>, context: NodeContext) {
    this.#spec = spec
    this.#context = context
    const { stores, topics } = spec
    this.#rows = context.store<K, ActorRow<S>>(stores.rows)
    this.#quarantine = new Quarantine(context, stores)
    this.#timers = new ActorTimers(context, stores, ({ key, name }, message, time) =>
      this.#deliver(key, { message, time, headers: NO_HEADERS, timer: name }),
    )
    this.#replies = context.output(topics.replies, serde.string(), spec.reply)
    this.#output = context.output(topics.output, spec.key, spec.output)
  }

  take(key: K | null, message: M | null, time: number): void {
    if (key === null) return this.#context.drop('null-key')
    const headers = this.#context.record.headers()
    const order = headerOf(headers, ORDER)
    if (order !== undefined) return this.#obey(key, order)
    if (message === null) return this.#context.drop('null-value')
    this.#deliver(key, { message, time, headers })
  }

  #deliver(key: K, mail: Mail<M>): void {
    if (this.#quarantine.holds(key)) this.#quarantine.wait(key, mail)
    else this.#attempt(key, mail)
  }

  /** False when the behavior threw and the key is quarantined. */
  #attempt(key: K, mail: Mail<M>): boolean {
    const row = this.#rows.get(key)
    let turn: Turn<K, M, S, R, E>
    try {
      turn = this.#run(key, mail, row)
    } catch (thrown) {
      return this.#fail(key, mail, asError(thrown))
    }
    this.#apply(key, mail, turn, row)
    return true
  }

  #run(key: K, mail: Mail<M>, row: ActorRow<S> | undefined): Turn<K, M, S, R, E> {
    const { name, initial, behaviors, first } = this.#spec
    const behavior = row?.behavior ?? first
    // A copy: what a behavior changed before it threw must not be kept.
    const state = row === undefined ? initial(key) : structuredClone(row.state)
    const turn = new Turn<K, M, S, R, E>({ key, state, behavior, mail })
    const receive = behaviors[behavior]
    if (receive === undefined) throw new Error(`actor '${name}' has no behavior '${behavior}'`)
    receive(mail.message, turn)
    if (behaviors[turn.next] === undefined) {
      throw new Error(`actor '${name}' cannot become '${turn.next}', which it does not have`)
    }
    return turn
  }

  #apply(key: K, mail: Mail<M>, turn: Turn<K, M, S, R, E>, row: ActorRow<S> | undefined): void {
    const { time } = mail
    const timers = (row?.timers ?? []).filter((name) => name !== mail.timer)
    if (turn.isStopped) {
      this.#timers.clear(key, timers)
      if (row !== undefined) this.#rows.delete(key, time)
    } else {
      const kept = this.#timers.change(key, timers, turn.timers, time)
      this.#rows.put(key, { behavior: turn.next, timers: kept, state: turn.state }, time)
    }
    for (const { to, key: recipient, message } of turn.sent) {
      this.#mailTo(to).emit(recipient, message, time, NO_HEADERS)
    }
    for (const value of turn.emitted) this.#output.emit(key, value, time, NO_HEADERS)
    const ask = headerOf(mail.headers, ASK)
    if (ask !== undefined && turn.answer !== null) {
      this.#replies.emit(ask, turn.answer.value, time, NO_HEADERS)
    }
  }

  #fail(key: K, mail: Mail<M>, error: Error): boolean {
    const { onFailure, name } = this.#spec
    if (onFailure === 'fail') throw error
    const ask = headerOf(mail.headers, ASK)
    if (ask !== undefined) {
      const sentence = `actor '${name}' failed at the message: ${error.message}`
      this.#replies.emit(ask, null, mail.time, [header(ERROR, sentence)])
    }
    if (onFailure === 'quarantine') {
      this.#quarantine.put(key, mail, error)
      return false
    }
    if (onFailure === 'reset') {
      this.#timers.clear(key, this.#rows.get(key)?.timers ?? [])
      this.#rows.delete(key, mail.time)
    }
    this.#context.drop('failed')
    return true
  }

  /** Lets a quarantined key go on: from the message it failed at, or from the one after it. */
  #obey(key: K, order: string): void {
    const mails = this.#quarantine.release(key)
    if (order === 'skip' && mails.shift() !== undefined) this.#context.drop('failed')
    for (let mail = mails.shift(); mail !== undefined; mail = mails.shift()) {
      if (this.#attempt(key, mail)) continue
      // It failed again: the rest waits behind it, in order.
      for (const rest of mails) this.#quarantine.wait(key, rest)
      return
    }
  }

  #mailTo(actor: Addressable<unknown, unknown>): Output<unknown, unknown> {
    let output = this.#mail.get(actor.name)
    if (output === undefined) {
      const topic = this.#spec.topics.mailbox(actor.name)
      output = this.#context.output(topic, actor.keySerde, actor.messageSerde)
      this.#mail.set(actor.name, output)
    }
    return output
  }
}
