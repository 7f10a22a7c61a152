// Calls that a task makes to others and that take time: attempts with a time-out, retries that back off,
// and outcomes that wait here until the task's next slice takes them, so that the record path never
// waits.
//
// Invariants: (1) each call has one outcome, or none when this was closed first; (2) an attempt that
// was given up is not heard; (3) after `close` nothing rings, no timer is armed and nothing is
// delivered.

import type { Clock } from '#protocols/core/clock'
import { asError, MillraceError } from '#protocols/core/errors'
import type { TopicPartition } from '#protocols/records/record'
import type { BackgroundCall, Outcome, RecordContext } from '../topology/node.ts'

const BACKOFF_MAX_MS = 60_000

export interface BackgroundPorts {
  /** Rings when there is something to deliver. */
  onOutcome(): void
  /** Whether a record is to be passed over; asked once per call. */
  isSkipped(record: Place): boolean
}

/** Where a record was. */
interface Place extends TopicPartition {
  readonly offset: number
}

interface Settled {
  readonly record: RecordContext
  take(): void
}

export class Background {
  readonly #clock: Clock
  readonly #ports: BackgroundPorts
  /** What is under way, attempts and waits between them, and how each is given up. */
  readonly #flights = new Map<object, () => void>()
  #settled: Settled[] = []
  #poison: Place | null = null
  #isClosed = false

  constructor(clock: Clock, ports: BackgroundPorts) {
    this.#clock = clock
    this.#ports = ports
  }

  /** Something is under way, or waits to be delivered. */
  get isBusy(): boolean {
    return this.#flights.size > 0 || this.#settled.length > 0
  }

  /** The record whose outcome could not be taken. */
  get poison(): Place | null {
    return this.#poison
  }

  start<T>(call: BackgroundCall<T>): void {
    if (this.#isClosed) return
    if (this.#ports.isSkipped(call.record)) this.#settle(call, { kind: 'skipped' })
    else this.#attempt(call, 1)
  }

  /**
   * Hands out what came back, in that order; answers how many outcomes there were.
   * @throws what taking one of them threw; `poison` says whose it was
   */
  deliver(): number {
    const settled = this.#settled
    if (settled.length === 0) return 0
    this.#settled = []
    for (const { record, take } of settled) {
      try {
        take()
      } catch (thrown) {
        const { topic, partition, offset } = record
        this.#poison = { topic, partition, offset }
        throw thrown
      }
    }
    return settled.length
  }

  close(): void {
    this.#isClosed = true
    this.#settled = []
    for (const giveUp of this.#flights.values()) giveUp()
    this.#flights.clear()
  }

  #attempt<T>(call: BackgroundCall<T>, number: number): void {
    const abort = new AbortController()
    const cancel = this.#within(call.timeoutMs, () => {
      const error = timedOut(call.timeoutMs)
      if (this.#flights.delete(abort)) this.#failed(call, number, error)
      abort.abort(error)
    })
    this.#flights.set(abort, () => {
      cancel()
      abort.abort()
    })
    const isHeard = (): boolean => {
      cancel()
      return this.#flights.delete(abort)
    }
    new Promise<T>((resolve) => resolve(call.run({ number, signal: abort.signal }))).then(
      (value) => void (isHeard() && this.#settle(call, { kind: 'value', value })),
      (thrown) => void (isHeard() && this.#failed(call, number, asError(thrown))),
    )
  }

  #failed<T>(call: BackgroundCall<T>, attempts: number, error: Error): void {
    if (attempts > call.retriesMax) return this.#settle(call, { kind: 'failed', error, attempts })
    const waitMs = Math.min(BACKOFF_MAX_MS, call.backoffMs * 2 ** (attempts - 1))
    const wait = {}
    const cancel = this.#clock.after(waitMs, () => {
      this.#flights.delete(wait)
      this.#attempt(call, attempts + 1)
    })
    this.#flights.set(wait, cancel)
  }

  #settle<T>({ record, done }: BackgroundCall<T>, outcome: Outcome<T>): void {
    this.#settled.push({ record, take: () => done(outcome) })
    this.#ports.onOutcome()
  }

  #within(timeoutMs: number, fire: () => void): () => void {
    return Number.isFinite(timeoutMs) ? this.#clock.after(timeoutMs, fire) : () => {}
  }
}

const timedOut = (timeoutMs: number): MillraceError =>
  new MillraceError({
    code: 'CALL_TIMED_OUT',
    what: `there was no answer within ${timeoutMs} ms`,
    retry: 'soon',
  })
