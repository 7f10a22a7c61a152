// How failures are answered. A kind of actor says what each error means (`verdict`, a pure table); its
// policy says how often it may come back and how long to wait; the parent's strategy says which
// siblings go with it.
//
//   resume      the message is lost, the life goes on
//   restart     a new life after a backoff; mailbox and ref stay
//   stop        it dies as `failed`
//   escalate    it dies, and its parent fails with the same error
//   quarantine  no life until somebody releases it; ref and mailbox stay

import type { Random } from '#protocols/core/clock'

export type Verdict = 'resume' | 'restart' | 'stop' | 'escalate' | 'quarantine'

/**
 * `one-for-one`: a failed child alone; `one-for-all`: every child; `rest-for-one`: it and those
 * started after it. Groups end in reverse order of their start and begin again in order.
 */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one'

export interface RestartPolicy {
  /** Restarts allowed `withinMs`. */
  readonly max: number
  readonly withinMs: number
  /** The verdict when there were too many. */
  readonly exceeded: 'stop' | 'escalate' | 'quarantine'
  /** Wait before the first restart, ms; doubles with each one after it. */
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
  /** A life this long, ms, makes the next failure a first one. */
  readonly stableMs: number
}

export const RESTART_DEFAULT: RestartPolicy = {
  max: 3,
  withinMs: 30_000,
  exceeded: 'escalate',
  backoffMinMs: 200,
  backoffMaxMs: 30_000,
  stableMs: 60_000,
}

const JITTER = 0.2

/** Wait before the `attempt`th restart in a row, from 1, ms: doubling, capped, 20 % either way. */
export function backoffMs(policy: RestartPolicy, attempt: number, random: Random): number {
  const doubled = policy.backoffMinMs * 2 ** (attempt - 1)
  const capped = Math.min(policy.backoffMaxMs, doubled)
  return capped * (1 - JITTER + 2 * JITTER * random.next())
}

/** The restarts of one actor: counts them all, remembers those within the window. */
export class RestartHistory {
  readonly #policy: RestartPolicy
  #recentMs: number[] = []
  #attempt = 0
  #total = 0

  constructor(policy: RestartPolicy) {
    this.#policy = policy
  }

  /** Restarts since the actor was spawned. */
  get total(): number {
    return this.#total
  }

  /**
   * Records a failure at `nowMs` after a life of `livedMs`, both monotonic.
   * @returns the restart's number in its row, from 1, or `exceeded`
   */
  failed(nowMs: number, livedMs: number): number | 'exceeded' {
    const { max, withinMs, stableMs } = this.#policy
    this.#recentMs = this.#recentMs.filter((ms) => nowMs - ms < withinMs)
    if (this.#recentMs.length >= max) return 'exceeded'
    this.#recentMs.push(nowMs)
    this.#attempt = livedMs >= stableMs ? 1 : this.#attempt + 1
    this.#total++
    return this.#attempt
  }

  /** Somebody vouched for it: the window starts anew. */
  forgive(): void {
    this.#recentMs = []
    this.#attempt = 0
  }
}
