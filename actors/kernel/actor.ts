// The face of the kernel: what an actor is made of, what it is given, and what others hold of it.
//
// An actor takes one message at a time. `receive` is synchronous and runs to completion; anything
// that must wait goes through `self.pipe` and comes back as a message. What an actor throws is its
// supervisor's business, never its sender's.
//
// Three lanes: `system` is the kernel's own (starts, stops, timers, piped results, deaths) and always
// runs first; `control` is the lane of `tell`; `data` gives way to both, but is never starved. The
// lanes of senders are bounded: `tell` answers `full` or `dead`, it drops nothing silently.

import type { Cancel, Clock, Random } from '#protocols/core/clock'
import type { LogFacts, Logger } from '#protocols/core/log'
import type { RestartPolicy, Strategy, Verdict } from './strategy.ts'

export type Lane = 'control' | 'data'
/** `full`: try again later; `dead`: there is nobody, and there never will be behind this ref. */
export type Sent = 'ok' | 'full' | 'dead'
/** `failed`: its supervisor gave it up; `stopped`: somebody wanted it to end. */
export type Death = 'stopped' | 'failed'

/** What others hold of an actor. It survives restarts; after a stop it is dead for good. */
export interface ActorRef<in M> {
  readonly path: string
  /** Hands over a message; never throws. Default lane `control`. */
  tell(message: M, lane?: Lane): Sent
  /**
   * Asks for one answer.
   * @throws MillraceError ASK_TIMEOUT, ACTOR_DEAD (at once), MAILBOX_FULL; what `reply.fail` was given
   */
  ask<R>(make: (reply: Reply<R>) => M, timeoutMs: number): Promise<R>
  /** Calls `report` once when the actor is dead; at once if it is. For those who are not actors. */
  onDeath(report: (why: Death) => void): Cancel
}

/** Where the answer to an ask goes; only the first one counts. */
export interface Reply<in R> {
  ok(value: R): void
  fail(error: Error): void
}

export interface Behavior<in M> {
  receive(message: M): void
  /**
   * The actor is to end. Until the promise settles, or `shutdownMs` has passed, it goes on receiving
   * and its children live; then children are stopped and the scope is closed. Not called after a
   * failure.
   */
  stopping?(): Promise<void> | void
  /** One word of state and, when there is something to say, a note; for people. */
  describe?(): Description
}

export interface Description {
  readonly state: string
  readonly note?: string | undefined
}

export interface Props<M> {
  /** For people and logs: `host`, `task`. */
  readonly kind: string
  /** Makes the behavior of one life: at spawn, and again after each restart. */
  readonly make: (self: Self<M>) => Behavior<M>
  /** The answer to what the behavior throws: a pure table. Default `restart` for everything. */
  readonly verdict?: ((error: Error) => Verdict) | undefined
  /** How a child's restart touches its siblings. Default `one-for-one`. */
  readonly strategy?: Strategy | undefined
  /** How often and how fast this actor may be restarted. */
  readonly restart?: Partial<RestartPolicy> | undefined
  readonly mailbox?: Partial<MailboxBounds> | undefined
  /** How long `stopping`, and then the scope, may take, ms. Default 5 000. */
  readonly shutdownMs?: number | undefined
}

export interface MailboxBounds {
  /** Default 1 024 messages. */
  readonly control: number
  /** Default 64 messages; a message of the data lane is a batch. */
  readonly data: number
}

/** What a behavior is given: good for one life. After a restart the old one does nothing. */
export interface Self<M> {
  readonly ref: ActorRef<M>
  readonly path: string
  readonly clock: Clock
  readonly random: Random
  /** Adds the path to what is logged. */
  readonly log: Logger
  readonly timers: Timers<M>
  readonly scope: Scope
  /** Starts a child. Its name, by default its kind and a number, is unique among living siblings. */
  spawn<C>(props: Props<C>, name?: string): ActorRef<C>
  /** Ends this actor, or one of its children. */
  stop(child?: ActorRef<never>): void
  /** Gives a quarantined child a new life. */
  release(child: ActorRef<never>): void
  /** Receives what `make` returns, exactly once, when the actor is dead; soon if it is already. */
  watch(ref: ActorRef<never>, make: (why: Death) => M): Cancel
  /** A message to itself, from a callback: never refused, and not heard when this life is over. */
  post(message: M): void
  /** The only way to wait: the outcome comes back as a message, unless this life is over by then. */
  pipe<T>(promise: Promise<T>, ok: (value: T) => M, err: (error: Error) => M): void
  /** Tells those who follow it of a step of its own; `facts` are asked for only then, and are plain data. */
  trace(kind: string, facts: () => LogFacts): void
}

/** Timers have keys: arming a key again replaces it, and a cancelled tick never arrives. */
export interface Timers<in M> {
  once(key: string, delayMs: number, message: M): void
  /** The period counts from one delivery to the next, so that ticks never pile up. */
  every(key: string, periodMs: number, message: M): void
  cancel(key: string): void
  has(key: string): boolean
}

/** What must be closed when a life ends, in reverse order, whatever ended it. */
export interface Scope {
  defer(name: string, close: () => Promise<void> | void): void
}
