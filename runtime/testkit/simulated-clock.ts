// A clock that is turned by hand. Timers fire in order of their time, then of their making; deferred
// work runs first in, first out, or, given chance, in an order that the seed decides. Nothing happens
// on its own: `settle` lets everything run that can run now, `advance` moves time and fires what falls
// due on the way.
//
// `process` gives a clock to one simulated process: when it is killed, nothing it deferred or set a
// timer for ever happens, as after kill -9; while it is paused, all of that waits, as after SIGSTOP.

import { type WallTimeMs, wallTime } from '#protocols/core/brands'
import type { Cancel, Clock, Random } from '#protocols/core/clock'
import { type Duration, durationMs } from '../dsl/duration.ts'
import { neverSettles } from './stuck.ts'

interface Timer {
  readonly atMs: number
  readonly fire: () => void
}

const RUNS_MAX = 2_000_000
const START_MS = 1_700_000_000_000

export class SimulatedClock implements Clock {
  readonly #random: Random | null
  /** What the wall clock shows when time begins. */
  #startMs: number
  #nowMs = 0
  #timers: Timer[] = []
  #deferred: (() => void)[] = []
  /** Told when something is deferred. */
  #onDefer: (() => void) | null = null

  /**
   * @param random decides the order of what could run now; default: first in, first out
   * @param startMs what the wall clock shows at first
   */
  constructor(random: Random | null = null, startMs = START_MS) {
    this.#random = random
    this.#startMs = startMs
  }

  now(): WallTimeMs {
    return wallTime(this.#startMs + this.#nowMs)
  }

  monotonic(): number {
    return this.#nowMs
  }

  /** Timers that are armed. */
  get timers(): number {
    return this.#timers.length
  }

  /** To the first armed timer, ms; null when none is armed. */
  get nextTimerMs(): number | null {
    const [next] = this.#timers
    return next === undefined ? null : Math.max(0, next.atMs - this.#nowMs)
  }

  after(delayMs: number, fire: () => void): Cancel {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), fire }
    const later = this.#timers.findIndex((other) => other.atMs > timer.atMs)
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  defer(run: () => void): void {
    this.#deferred.push(run)
    this.#onDefer?.()
  }

  /** Runs one deferred thing; false when there was none. */
  runOne(): boolean {
    const { length } = this.#deferred
    if (length === 0) return false
    const at = this.#random === null ? 0 : Math.floor(this.#random.next() * length)
    const [run] = this.#deferred.splice(at, 1)
    run?.()
    return true
  }

  /**
   * Runs what is deferred, and what that defers in turn; answers how much has run.
   * @param ran what ran before
   * @throws MillraceError TEST_NEVER_SETTLES
   */
  runAll(ran = 0): number {
    let runs = ran
    while (this.runOne()) if (++runs > RUNS_MAX) throw neverSettles(RUNS_MAX)
    return runs
  }

  /**
   * Runs what is deferred and lets promises go on, until neither has more to do now.
   * @throws MillraceError TEST_NEVER_SETTLES
   */
  async settle(): Promise<void> {
    let runs = 0
    do {
      runs = this.runAll(runs)
      await everyPromise()
    } while (this.#deferred.length > 0)
  }

  /** Settles until the promise did, also where that takes the machine a while: a file that is closed. */
  async settleUntil(promise: Promise<unknown>): Promise<void> {
    let isOver = false
    const end = (): void => {
      isOver = true
    }
    const over = promise.then(end, end)
    for (;;) {
      await this.settle()
      if (isOver) return
      const deferred = new Promise<void>((resolve) => {
        this.#onDefer = resolve
      })
      await Promise.race([over, deferred])
    }
  }

  /**
   * Moves time, settling before, at each timer that falls due, and after.
   * @param by ms, or text such as '1h'
   */
  async advance(by: Duration): Promise<void> {
    const endMs = this.#nowMs + durationMs(by, 'the time to advance')
    await this.settle()
    for (;;) {
      const [next] = this.#timers
      if (next === undefined || next.atMs > endMs) break
      this.#timers.shift()
      // It is late already when time jumped.
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.fire()
      await this.settle()
    }
    this.#nowMs = endMs
  }

  /** Moves time and fires what falls due, but lets nothing else run: what happens during a long step. */
  elapse(ms: number): void {
    const endMs = this.#nowMs + ms
    for (
      let next = this.#timers[0];
      next !== undefined && next.atMs <= endMs;
      next = this.#timers[0]
    ) {
      this.#timers.shift()
      this.#nowMs = next.atMs
      next.fire()
    }
    this.#nowMs = endMs
  }

  /** Moves the time alone, as a slow function does; fires nothing. */
  pass(ms: number): void {
    this.#nowMs += ms
  }

  /** Sets the wall clock so much forward, or back, as whoever keeps it right does; intervals go on as they were. */
  shift(ms: number): void {
    this.#startMs += ms
  }

  /** A clock for one simulated process, which can be killed. */
  process(): ProcessClock {
    return new ProcessClock(this)
  }
}

export class ProcessClock implements Clock {
  readonly #clock: Clock
  #isAlive = true
  /** What waits while the process is paused; null when it is not. */
  #held: (() => void)[] | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  now(): WallTimeMs {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, fire: () => void): Cancel {
    return this.#clock.after(delayMs, () => this.#run(fire))
  }

  defer(run: () => void): void {
    this.#clock.defer(() => this.#run(run))
  }

  kill(): void {
    this.#isAlive = false
    this.#held = null
  }

  pause(): void {
    this.#held ??= []
  }

  /** What waited happens now, in its order. */
  resume(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const run of held) this.defer(run)
  }

  #run(run: () => void): void {
    if (!this.#isAlive) return
    if (this.#held === null) run()
    else this.#held.push(run)
  }
}

/** Every promise that can go on has gone on when the event loop comes round again. */
const everyPromise = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })
