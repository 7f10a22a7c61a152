// One message being handled: what the behavior sees as `self`, and what it did, held back until it
// returned.

import { utf8 } from '#protocols/core/bytes'
import { ACTOR_NAMES_MAX, type Mail } from '#protocols/messages/actor-mail'
import type { Headers } from '#protocols/records/record'
import type { ActorSelf, Addressable, TimerClock } from './behavior.ts'

/** A timer set, or cancelled where there is no message. */
export interface TimerChange<M> {
  readonly name: string
  readonly clock: TimerClock
  readonly delayMs: number
  readonly message: M | undefined
}

interface Sent {
  readonly to: Addressable<unknown, unknown>
  readonly key: unknown
  readonly message: unknown
}

export class Turn<K, M, S, R, E> implements ActorSelf<K, M, S, R, E> {
  readonly key: K
  readonly behavior: string
  readonly time: number
  readonly headers: Headers
  state: S
  next: string
  isStopped = false
  answer: { readonly value: R } | null = null
  readonly timers: TimerChange<M>[] = []
  readonly sent: Sent[] = []
  readonly emitted: E[] = []

  constructor(facts: { key: K; state: S; behavior: string; mail: Mail<M> }) {
    this.key = facts.key
    this.state = facts.state
    this.behavior = facts.behavior
    this.next = facts.behavior
    this.time = facts.mail.time
    this.headers = facts.mail.headers
  }

  become(behavior: string): void {
    this.next = behavior
  }

  send<K2, M2>(actor: Addressable<K2, M2>, key: K2, message: M2): void {
    // Key and message are of the types that the actor's serdes write.
    this.sent.push({ to: actor as Addressable<unknown, unknown>, key, message })
  }

  reply(answer: R): void {
    this.answer ??= { value: answer }
  }

  emit(value: E): void {
    this.emitted.push(value)
  }

  timer(name: string, delayMs: number, message: M, clock: TimerClock = 'wall'): void {
    if (utf8(name).length > ACTOR_NAMES_MAX) {
      throw new Error(`a timer's name takes at most ${ACTOR_NAMES_MAX} bytes: '${name}'`)
    }
    this.timers.push({ name, clock, delayMs, message })
  }

  cancel(name: string): void {
    this.timers.push({ name, clock: 'wall', delayMs: 0, message: undefined })
  }

  stop(): void {
    this.isStopped = true
  }
}
