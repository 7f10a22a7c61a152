// One life of an actor: from `make` to the moment its last resource is closed. Everything that can
// outlast a failure belongs to the life and dies with it: timers, watches, piped results, children,
// scope. What arrives for a life that is over is dropped here, so a behavior never hears of what an
// earlier one began.

import { assert } from '#protocols/core/assert'
import type { Cancel, Clock, Random } from '#protocols/core/clock'
import { asError } from '#protocols/core/errors'
import type { LogFacts, Logger } from '#protocols/core/log'
import type { ActorRef, Death, Props, Scope, Self, Timers } from './actor.ts'
import { Children } from './children.ts'
import { Closers } from './closers.ts'
import type { Child, Host, Kernel } from './kernel.ts'
import type { Strategy } from './strategy.ts'
import { KeyedTimers } from './timers.ts'
import type { ActorSnapshot } from './tree.ts'

export class Life<M> implements Self<M> {
  readonly #kernel: Kernel
  readonly #host: Host<M>
  readonly #strategy: Strategy
  #isOver = false
  #timers: KeyedTimers<M> | null = null
  #closers: Closers | null = null
  #children: Children | null = null
  #watches: Set<Cancel> | null = null

  constructor(kernel: Kernel, host: Host<M>, strategy: Strategy) {
    this.#kernel = kernel
    this.#host = host
    this.#strategy = strategy
  }

  get ref(): ActorRef<M> {
    return this.#host.ref
  }

  get path(): string {
    return this.#host.ref.path
  }

  get clock(): Clock {
    return this.#kernel.clock
  }

  get random(): Random {
    return this.#kernel.random
  }

  get log(): Logger {
    const { log } = this.#kernel
    const actor = this.path
    return {
      log: (level, code, message, facts) => log.log(level, code, message, { actor, ...facts }),
    }
  }

  get timers(): Timers<M> {
    this.#timers ??= new KeyedTimers(this.clock, (make) => this.#deliver(make))
    return this.#timers
  }

  get scope(): Scope {
    this.#closers ??= new Closers(this.clock, this.#host.shutdownMs)
    return this.#closers
  }

  spawn<C>(props: Props<C>, name?: string): ActorRef<C> {
    assert(!this.#isOver, () => `${this.path} is alive when it spawns`)
    this.#children ??= new Children(this.#kernel, this.path, this.#strategy, (error) =>
      this.#host.fail(error),
    )
    return this.#children.spawn(props, name)
  }

  stop(child?: ActorRef<never>): void {
    if (this.#isOver) return
    if (child === undefined) this.#host.stop()
    else void this.#children?.of(child)?.end('stopped')
  }

  release(child: ActorRef<never>): void {
    this.#children?.of(child)?.release()
  }

  watch(ref: ActorRef<never>, make: (why: Death) => M): Cancel {
    this.#watches ??= new Set()
    const watches = this.#watches
    let isWatched = true
    const unwatch = ref.onDeath((why) => this.#deliver(() => (isWatched ? over(why) : undefined)))
    const cancel = (): void => {
      isWatched = false
      watches.delete(cancel)
      unwatch()
    }
    const over = (why: Death): M => {
      cancel()
      return make(why)
    }
    watches.add(cancel)
    return cancel
  }

  post(message: M): void {
    this.#deliver(() => message)
  }

  pipe<T>(promise: Promise<T>, ok: (value: T) => M, err: (error: Error) => M): void {
    promise.then(
      (value) => this.#deliver(() => ok(value)),
      (thrown) => this.#deliver(() => err(asError(thrown))),
    )
  }

  trace(kind: string, facts: () => LogFacts): void {
    if (!this.#isOver) this.#host.trace(kind, facts)
  }

  /** Over at once; resolves when children are dead and the scope is closed. Never rejects. */
  async end(): Promise<void> {
    this.#isOver = true
    this.#timers?.clear()
    for (const cancel of this.#watches ?? []) cancel()
    await this.#children?.endAll()
    const problems = await this.#closers?.closeAll()
    for (const { name, outcome } of problems ?? []) {
      const why = outcome === 'late' ? 'took too long and was left behind' : 'failed'
      const error = outcome === 'late' ? undefined : outcome
      this.log.log('error', 'ACTOR_CLOSE_FAILED', `closing '${name}' ${why}`, { error })
    }
  }

  snapshots(): readonly ActorSnapshot[] {
    return this.#children?.snapshots() ?? []
  }

  child(name: string): (ActorRef<never> & Child) | null {
    return this.#children?.named(name) ?? null
  }

  #deliver(make: () => M | undefined): void {
    if (this.#isOver) return
    this.#host.signal(() => {
      if (!this.#isOver) this.#host.receive(make)
    })
  }
}
