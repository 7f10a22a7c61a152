// An actor's place in the system: its ref, its mailbox, and one life after another.
//
//   starting → running → stopping → stopped        running → backoff → starting     (restart)
//                                                  running → quarantined → starting (release)
//
// Invariants: (1) the behavior runs only in the cell's own turn, never two deep; (2) the lanes of
// senders are open exactly while there is a behavior to receive; the signal lane always is; (3) after
// a failure nothing of that life is heard again, unless the verdict is `resume`; (4) once stopped,
// what was left in the mailbox is a dead letter, every ask has failed, every watcher knows.

import type { Cancel } from '#protocols/core/clock'
import { asError } from '#protocols/core/errors'
import type { LogFacts } from '#protocols/core/log'
import type { ActorRef, Behavior, Death, Lane, Props, Reply, Sent } from './actor.ts'
import { Asks } from './asks.ts'
import { settle } from './deadline.ts'
import type { Runnable } from './dispatcher.ts'
import { actorDead, mailboxFull } from './errors.ts'
import type { Child, Host, Kernel, Supervisor } from './kernel.ts'
import { Life } from './life.ts'
import { MAILBOX_DEFAULT, Mailbox, type Signal } from './mailbox.ts'
import { backoffMs, RESTART_DEFAULT, RestartHistory, type Verdict } from './strategy.ts'
import type { Traced } from './trace.ts'
import type { ActorError, ActorSnapshot, ActorState } from './tree.ts'

const TURN_MESSAGES = 64
const SHUTDOWN_MS = 5000

export class Cell<M> implements ActorRef<M>, Child, Host<M>, Runnable, Traced {
  readonly path: string
  readonly #kernel: Kernel
  readonly #props: Props<M>
  readonly #supervisor: Supervisor
  readonly #mailbox: Mailbox<M>
  #history: RestartHistory | null = null
  #state: ActorState = 'starting'
  #life: Life<M> | null = null
  #behavior: Behavior<M> | null = null
  #isOpen = false
  #isQueued = false
  #halting: Promise<void> | null = null
  #giveUp: (() => void) | null = null
  #death: Death | null = null
  #watchers: Set<(why: Death) => void> | null = null
  #asks: Asks | null = null
  #bornMs = 0
  #lastError: ActorError | null = null
  #taken = 0
  #busyMs = 0

  constructor(kernel: Kernel, props: Props<M>, path: string, supervisor: Supervisor) {
    this.path = path
    this.#kernel = kernel
    this.#props = props
    this.#supervisor = supervisor
    const { mailbox } = props
    this.#mailbox = new Mailbox(mailbox ? { ...MAILBOX_DEFAULT, ...mailbox } : MAILBOX_DEFAULT)
  }

  get ref(): ActorRef<M> {
    return this
  }

  get shutdownMs(): number {
    return this.#props.shutdownMs ?? SHUTDOWN_MS
  }

  // ---- for senders ------------------------------------------------------------------------------

  tell(message: M, lane: Lane = 'control'): Sent {
    if (this.#death !== null) return this.#refuse(message, 'dead')
    if (!this.#mailbox.offer(message, lane)) return this.#refuse(message, 'full')
    if (this.#isOpen) this.#wake()
    return 'ok'
  }

  ask<R>(make: (reply: Reply<R>) => M, timeoutMs: number): Promise<R> {
    this.#asks ??= new Asks(this.path, this.#kernel.clock)
    return this.#asks.open<R>(timeoutMs, (reply) => {
      const sent = this.tell(make(reply))
      if (sent === 'ok') return null
      return sent === 'full' ? mailboxFull(this.path) : actorDead(this.path)
    })
  }

  onDeath(report: (why: Death) => void): Cancel {
    if (this.#death !== null) {
      report(this.#death)
      return () => {}
    }
    this.#watchers ??= new Set()
    const watchers = this.#watchers
    const watcher = (why: Death): void => report(why)
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }

  // ---- turns ------------------------------------------------------------------------------------

  turn(): boolean {
    const mailbox = this.#mailbox
    for (let left = Math.min(mailbox.signals + mailbox.messages, TURN_MESSAGES); left > 0; left--) {
      const signal = mailbox.nextSignal()
      if (signal !== undefined) signal()
      else if (this.#isOpen && mailbox.messages > 0) this.#take()
      else break
    }
    this.#isQueued = mailbox.signals > 0 || (this.#isOpen && mailbox.messages > 0)
    return this.#isQueued
  }

  took(ms: number): void {
    this.#busyMs += ms
  }

  signal(signal: Signal): void {
    this.#mailbox.signal(signal)
    this.#wake()
  }

  receive(make: () => M | undefined): void {
    if (!this.#isOpen) return
    try {
      const message = make()
      if (message !== undefined) this.#hand(message)
    } catch (thrown) {
      this.fail(asError(thrown))
    }
  }

  #take(): void {
    const message = this.#mailbox.next()
    this.#taken++
    try {
      this.#hand(message)
    } catch (thrown) {
      this.#kernel.deadLetters.add(this.path, message, 'failed')
      this.fail(asError(thrown))
    }
  }

  #hand(message: M): void {
    const { trace } = this.#kernel
    if (!trace.isOn) this.#behavior?.receive(message)
    else trace.message(this, message, () => this.#behavior?.receive(message))
  }

  #wake(): void {
    if (this.#isQueued) return
    this.#isQueued = true
    this.#kernel.dispatcher.schedule(this)
  }

  #refuse(message: M, why: 'dead' | 'full'): Sent {
    this.#kernel.deadLetters.add(this.path, message, why)
    return why
  }

  // ---- lives ------------------------------------------------------------------------------------

  #enter(state: ActorState): void {
    const { trace } = this.#kernel
    if (trace.isOn && state !== this.#state) trace.life(this, this.#state, state)
    this.#state = state
  }

  begin(): void {
    if (this.#state !== 'starting' && this.#state !== 'backoff') return
    this.#enter('starting')
    this.#halting = null
    this.signal(() => this.#start())
  }

  #start(): void {
    if (this.#state !== 'starting') return
    const life = new Life(this.#kernel, this, this.#props.strategy ?? 'one-for-one')
    this.#life = life
    this.#bornMs = this.#kernel.clock.monotonic()
    try {
      this.#behavior = this.#props.make(life)
    } catch (thrown) {
      return this.fail(asError(thrown))
    }
    if (this.#state !== 'starting') return
    this.#enter('running')
    this.#isOpen = true
  }

  fail(error: Error): void {
    this.#isOpen = false
    this.#lastError = { atMs: this.#kernel.clock.now(), message: error.message }
    if (this.#state === 'starting' || this.#state === 'running') {
      this.#supervisor.failed(this, error)
    } else this.#giveUp?.()
  }

  judge(error: Error): { verdict: Verdict; delayMs: number } {
    const policy = { ...RESTART_DEFAULT, ...this.#props.restart }
    const wanted = this.#props.verdict?.(error) ?? 'restart'
    const verdict = wanted === 'resume' && this.#behavior === null ? 'restart' : wanted
    if (verdict !== 'restart') return { verdict, delayMs: 0 }
    this.#history ??= new RestartHistory(policy)
    const nowMs = this.#kernel.clock.monotonic()
    const attempt = this.#history.failed(nowMs, nowMs - this.#bornMs)
    if (attempt === 'exceeded') return { verdict: policy.exceeded, delayMs: 0 }
    return { verdict, delayMs: backoffMs(policy, attempt, this.#kernel.random) }
  }

  resume(): void {
    this.#isOpen = true
  }

  halt(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'running') {
      this.#enter('backoff')
      this.#halting = this.#endLife()
    }
    return this.#halting ?? Promise.resolve()
  }

  quarantine(error: Error): void {
    this.#enter('quarantined')
    this.#lastError = { atMs: this.#kernel.clock.now(), message: error.message }
    this.#halting = this.#endLife()
  }

  release(): void {
    if (this.#state !== 'quarantined') return
    this.#history?.forgive()
    void this.halt().then(() => {
      if (this.#state !== 'quarantined') return
      this.#enter('backoff')
      this.begin()
    })
  }

  // ---- the end ----------------------------------------------------------------------------------

  stop(): void {
    void this.end('stopped')
  }

  end(why: Death): Promise<void> {
    if (this.#death !== null) return Promise.resolve()
    const dead = new Promise<void>((resolve) => {
      this.onDeath(() => resolve())
    })
    this.signal(() => void this.#stop(why))
    return dead
  }

  async #stop(why: Death): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    const wasHalting = this.#halting
    this.#enter('stopping')
    await (wasHalting ?? this.#endLife())
    this.#die(why)
  }

  /** Ends the life: gracefully when it is healthy. Never rejects. */
  async #endLife(): Promise<void> {
    const life = this.#life
    if (this.#isOpen) await this.#farewell()
    this.#isOpen = false
    this.#behavior = null
    await life?.end()
    if (this.#life === life) this.#life = null
  }

  async #farewell(): Promise<void> {
    const behavior = this.#behavior
    if (behavior?.stopping === undefined) return
    const failed = new Promise<void>((resolve) => {
      this.#giveUp = resolve
    })
    const { clock, log } = this.#kernel
    const outcome = await settle(clock, this.shutdownMs, () => {
      const stopping = behavior.stopping?.()
      return stopping === undefined ? undefined : Promise.race([stopping, failed])
    })
    this.#giveUp = null
    if (outcome === 'done') return
    const why = outcome === 'late' ? 'took too long' : outcome.message
    log.log('warn', 'ACTOR_STOP_FAILED', `${this.path} did not stop well: ${why}`)
  }

  #die(why: Death): void {
    this.#enter('stopped')
    this.#death = why
    while (this.#mailbox.messages > 0) {
      this.#kernel.deadLetters.add(this.path, this.#mailbox.next(), 'left')
    }
    this.#asks?.failAll(actorDead(this.path))
    this.#supervisor.gone(this)
    const watchers = this.#watchers
    this.#watchers = null
    for (const watcher of watchers ?? []) watcher(why)
  }

  child(name: string): (ActorRef<never> & Child) | null {
    return this.#life?.child(name) ?? null
  }

  get status(): string | null {
    return this.#behavior?.describe?.().state ?? null
  }

  get waiting(): number {
    return this.#mailbox.messages
  }

  trace(kind: string, facts: () => LogFacts): void {
    const { trace } = this.#kernel
    if (trace.isOn) trace.own(this, kind, facts)
  }

  snapshot(): ActorSnapshot {
    const { state, note } = this.#behavior?.describe?.() ?? { state: null }
    return {
      path: this.path,
      kind: this.#props.kind,
      state: this.#state,
      status: state,
      note: note ?? null,
      restarts: this.#history?.total ?? 0,
      control: this.#mailbox.control,
      data: this.#mailbox.data,
      taken: this.#taken,
      busyMs: this.#busyMs,
      lastError: this.#lastError,
      children: this.#life?.snapshots() ?? [],
    }
  }
}
