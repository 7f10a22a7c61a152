// What the parts of the kernel know of one another. A cell is an actor's place: mailbox, state,
// restarts. A life is one incarnation in it: behavior, timers, scope, children. Children hold cells
// and answer for them. The three meet only through the contracts here.

import type { Clock, Random } from '#protocols/core/clock'
import type { LogFacts, Logger } from '#protocols/core/log'
import type { ActorRef, Props } from './actor.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Signal } from './mailbox.ts'
import type { Verdict } from './strategy.ts'
import type { Trace } from './trace.ts'
import type { ActorSnapshot } from './tree.ts'

/** What all actors of a system share. */
export interface Kernel {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly dispatcher: Dispatcher
  readonly deadLetters: DeadLetters
  readonly trace: Trace
  open<M>(props: Props<M>, path: string, supervisor: Supervisor): ActorRef<M> & Child
}

/** Who answers for a child. */
export interface Supervisor {
  failed(child: Child, error: Error): void
  gone(child: Child): void
}

/** A cell, as its supervisor handles it: not one of these throws or rejects. */
export interface Child {
  readonly path: string
  /** The verdict on a failure, with the restart window taken into account, and the wait it implies. */
  judge(error: Error): { readonly verdict: Verdict; readonly delayMs: number }
  resume(): void
  /** Ends the life and waits for `begin`. Healthy lives are asked to end, failed ones are not. */
  halt(): Promise<void>
  /** A new life, if it is halted and nobody stopped it meanwhile. */
  begin(): void
  quarantine(error: Error): void
  release(): void
  /** Ends it for good; resolves when it is dead. */
  end(why: 'stopped' | 'failed'): Promise<void>
  snapshot(): ActorSnapshot
  /** A child of it by name. */
  child(name: string): (ActorRef<never> & Child) | null
}

/** A cell, as its life sees it. */
export interface Host<M> {
  readonly ref: ActorRef<M>
  readonly shutdownMs: number
  /** Runs in the actor's own turn, before anything else. */
  signal(signal: Signal): void
  /** Gives the behavior what `make` returns, if anything; what either throws fails the actor. */
  receive(make: () => M | undefined): void
  fail(error: Error): void
  stop(): void
  trace(kind: string, facts: () => LogFacts): void
}
