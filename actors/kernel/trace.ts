// What actors do, step by step, for whoever follows some of them: messages as they are taken, lives as the
// kernel moves them on, and what actors tell of themselves. While nobody follows, a message costs one look
// at a boolean, and nothing is kept.
//
// A follower has a name and asks again and again; each answer has what came since the one before. One that
// did not ask for a while is forgotten, so that nobody has to take leave. What it did not fetch is bounded:
// steps beyond that are counted and not kept.

import type { Clock } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import type { LogFacts } from '#protocols/core/log'
import { messageName } from './dead-letters.ts'
import { meansActor } from './meant.ts'

const FORGET_MS = 10_000
const FOLLOWERS_MAX = 16
/** Of one follower, between two questions. */
const STEPS_MAX = 1000

export interface TraceQuestion {
  /** Names the one who asks. */
  readonly follower: string
  /** Who is followed, in a word of `meansActor`. */
  readonly of: string
  /** Of messages that change no state, one in so many is kept. */
  readonly sample: number
}

export interface TraceReading {
  /** Since the last reading, oldest first. */
  readonly steps: readonly TraceStep[]
  /** For which there was no room. */
  readonly lost: number
}

/** As data: it crosses threads and hosts. */
export interface TraceStep {
  /** Wall time when it was over, ms. */
  readonly atMs: number
  readonly actor: string
  /** `message`: it took one; `life`: the kernel moved it on; else what an actor tells of itself, e.g. `commit`. */
  readonly kind: string
  /** Of a message. */
  readonly type: string | null
  /** Where it was before and after, by its own word, or for `life` by the kernel's. */
  readonly from: string | null
  readonly to: string | null
  /** How long its turn took, ms; null where that says nothing. */
  readonly ms: number | null
  /** Messages that waited behind it. */
  readonly waiting: number
  readonly facts: LogFacts
}

/** An actor as it is traced. */
export interface Traced {
  readonly path: string
  /** What it says of its state. */
  readonly status: string | null
  /** Messages that wait. */
  readonly waiting: number
}

export class Trace {
  readonly #clock: Clock
  readonly #followers = new Map<string, Follower>()
  #isOn = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Somebody follows; nothing below is called while nobody does. */
  get isOn(): boolean {
    return this.#isOn
  }

  /**
   * What the follower's actors did since it asked before; from the first question on.
   * @throws MillraceError FOLLOWERS_TOO_MANY
   */
  read(question: TraceQuestion): TraceReading {
    this.#forget()
    const { follower: name } = question
    const follower = this.#followers.get(name) ?? new Follower(question)
    if (!this.#followers.has(name) && this.#followers.size >= FOLLOWERS_MAX) throw tooMany()
    this.#followers.set(name, follower)
    this.#isOn = true
    return follower.read(this.#clock.monotonic())
  }

  /** The actor takes a message: `receive` is called once, and what it throws is thrown. */
  message(actor: Traced, message: unknown, receive: () => void): void {
    const followers = this.#of(actor.path)
    if (followers.length === 0) return receive()
    const { path, waiting, status: from } = actor
    const beganMs = this.#clock.monotonic()
    try {
      receive()
    } finally {
      const ms = this.#clock.monotonic() - beganMs
      const type = typeOf(message)
      this.#add(followers, {
        actor: path,
        kind: 'message',
        type,
        from,
        to: actor.status,
        ms,
        waiting,
      })
    }
  }

  /** The kernel moves it from one state to the next. */
  life({ path, waiting }: Traced, from: string, to: string): void {
    this.#add(this.#of(path), { actor: path, kind: 'life', from, to, waiting })
  }

  /** It tells of a step of its own. */
  own(actor: Traced, kind: string, facts: () => LogFacts): void {
    const followers = this.#of(actor.path)
    if (followers.length === 0) return
    const { path, waiting, status } = actor
    this.#add(followers, { actor: path, kind, from: status, to: status, waiting, facts: facts() })
  }

  #add(
    followers: readonly Follower[],
    step: Pick<TraceStep, 'actor' | 'kind' | 'waiting'> & Partial<TraceStep>,
  ): void {
    const whole: TraceStep = { ...BARE, ...step, atMs: this.#clock.now() }
    for (const follower of followers) follower.add(whole)
  }

  #of(path: string): readonly Follower[] {
    this.#forget()
    return [...this.#followers.values()].filter(({ means }) => means(path))
  }

  #forget(): void {
    const sinceMs = this.#clock.monotonic() - FORGET_MS
    for (const [name, { askedMs }] of this.#followers) {
      if (askedMs < sinceMs) this.#followers.delete(name)
    }
    this.#isOn = this.#followers.size > 0
  }
}

const BARE = { type: null, from: null, to: null, ms: null, facts: {} }

class Follower {
  readonly means: (path: string) => boolean
  readonly #sample: number
  #steps: TraceStep[] = []
  #lost = 0
  #seen = 0
  askedMs = 0

  constructor({ of, sample }: TraceQuestion) {
    this.means = meansActor(of)
    this.#sample = sample
  }

  add(step: TraceStep): void {
    const isPlain = step.kind === 'message' && step.from === step.to
    if (isPlain && this.#seen++ % this.#sample !== 0) return
    if (this.#steps.length < STEPS_MAX) this.#steps.push(step)
    else this.#lost++
  }

  read(nowMs: number): TraceReading {
    this.askedMs = nowMs
    const reading = { steps: this.#steps, lost: this.#lost }
    this.#steps = []
    this.#lost = 0
    return reading
  }
}

/** `slice`, or with the event that it brings to a chart: `chart COMMITTED`. */
function typeOf(message: unknown): string {
  const isEvent = typeof message === 'object' && message !== null && 'event' in message
  return isEvent ? `${messageName(message)} ${messageName(message.event)}` : messageName(message)
}

const tooMany = (): MillraceError =>
  new MillraceError({
    code: 'FOLLOWERS_TOO_MANY',
    what: `${FOLLOWERS_MAX} traces are followed on this host already`,
    hint: `End some of them; one that ended is forgotten after ${FORGET_MS / 1000} s`,
  })
