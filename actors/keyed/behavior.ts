// What a keyed actor is to whoever writes one: a behavior per message and a `self` to act by. There is
// one logical actor per key; between two messages it is a row in its task's store, so that millions of
// them cost nothing while they are quiet.
//
// Everything an actor does with a message (its new state, what it sent, its timers, its answer) is
// part of one commit of its task, with the message's own position: it happens once, or not at all.

import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'

/** Handles one message. Synchronous; what it throws is answered by the actor's failure policy. */
export type Receive<K, M, S, R, E, B extends string> = (
  message: M,
  self: ActorSelf<K, M, S, R, E, B>,
) => void

export interface ActorSelf<K, M, S, R, E, B extends string = string> {
  readonly key: K
  /** Kept when the message is done: assign it anew, or change it in place. */
  state: S
  /** The behavior that handles the next message. */
  readonly behavior: B
  /** Event time of the message, ms; of a timer, the time it was set for. */
  readonly time: number
  readonly headers: Headers
  /** The next message is handled by this behavior. */
  become(behavior: B): void
  /** Sends a message to an actor: exactly once, and in order per sender and key. */
  send<K2, M2>(actor: Addressable<K2, M2>, key: K2, message: M2): void
  /** Answers an `ask`; without one, or the second time, it does nothing. */
  reply(answer: R): void
  /** Hands a value to whoever reads the actor's output topic. */
  emit(value: E): void
  /**
   * Sends itself a message later; setting a name again replaces it. Timers survive everything that the
   * state survives.
   * @param delayMs from this message's time, or from now by the wall clock
   */
  timer(name: string, delayMs: number, message: M, clock?: TimerClock): void
  cancel(name: string): void
  /** Forgets state, behavior and timers when the message is done: the next message begins anew. */
  stop(): void
}

/**
 * `event`: fires when the task's stream time reaches it, so a replay gives the same; `wall` (default):
 * by the clock.
 */
export type TimerClock = 'event' | 'wall'

/** What another actor needs to know to send a message. */
export interface Addressable<K, M> {
  readonly name: string
  readonly keySerde: Serde<K>
  readonly messageSerde: Serde<M>
}

/**
 * What becomes of a key whose behavior threw:
 * `quarantine` (default): the message, and those that come after it for this key, wait in order until
 * an operator says retry or skip; other keys flow. `skip`: the message is passed over and counted.
 * `reset`: it is passed over and the state begins anew. `fail`: the task fails, as for a poison record.
 */
export type FailurePolicy = 'quarantine' | 'skip' | 'reset' | 'fail'
