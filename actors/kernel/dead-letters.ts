// Messages that reached nobody, and why: the newest ones in a ring, all of them in counters. A
// message is kept as the name of its type, so that a dead letter holds nothing alive.
//
//   dead    told to an actor that is dead        full    refused, the sender knows
//   left    in the mailbox when its actor died   failed  the actor threw on it

import type { Clock } from '#protocols/core/clock'

const KEPT = 256

export type Undelivered = 'dead' | 'full' | 'left' | 'failed'

export interface DeadLetter {
  /** Wall time, ms. */
  readonly atMs: number
  readonly to: string
  /** The message's `type`, or what JavaScript calls it. */
  readonly type: string
  readonly why: Undelivered
}

/** All of it as data, for screens. */
export interface DeadLettersReading {
  /** Since the actors were begun, by why. */
  readonly counts: Readonly<Record<Undelivered, number>>
  /** The newest, oldest first. */
  readonly letters: readonly DeadLetter[]
}

export class DeadLetters {
  readonly #clock: Clock
  readonly #letters: DeadLetter[] = []
  readonly #counts: Record<Undelivered, number> = { dead: 0, full: 0, left: 0, failed: 0 }
  #next = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get counts(): Readonly<Record<Undelivered, number>> {
    return this.#counts
  }

  /** The newest 256, oldest first. */
  letters(): readonly DeadLetter[] {
    const split = this.#letters.length < KEPT ? 0 : this.#next
    return [...this.#letters.slice(split), ...this.#letters.slice(0, split)]
  }

  read(): DeadLettersReading {
    return { counts: { ...this.#counts }, letters: this.letters() }
  }

  add(to: string, message: unknown, why: Undelivered): void {
    this.#counts[why]++
    const letter = { atMs: this.#clock.now(), to, type: messageName(message), why }
    this.#letters[this.#next] = letter
    this.#next = (this.#next + 1) % KEPT
  }
}

/** Its `type`, or what JavaScript calls it. */
export function messageName(message: unknown): string {
  const isTyped = typeof message === 'object' && message !== null && 'type' in message
  return isTyped ? String(message.type) : typeof message
}
