// What waits for an actor, in three lanes: signals of the kernel, then control, then data. Signals are
// unbounded, because what the kernel promised must arrive; the other two answer `false` when full.
//
// Control goes before data, but after 32 control messages in a row one waiting data message has its
// turn: neither lane can starve the other.

import type { Lane, MailboxBounds } from './actor.ts'
import { Ring } from './ring.ts'

const CONTROL_IN_A_ROW = 32

export const MAILBOX_DEFAULT: MailboxBounds = { control: 1024, data: 64 }

/** Something the kernel does to the actor in its own turn. */
export type Signal = () => void

export class Mailbox<M> {
  readonly #bounds: MailboxBounds
  readonly #signals = new Ring<Signal>()
  readonly #control = new Ring<M>()
  readonly #data = new Ring<M>()
  #inARow = 0

  constructor(bounds: MailboxBounds) {
    this.#bounds = bounds
  }

  get signals(): number {
    return this.#signals.length
  }

  get control(): number {
    return this.#control.length
  }

  get data(): number {
    return this.#data.length
  }

  /** Messages waiting, without signals. */
  get messages(): number {
    return this.#control.length + this.#data.length
  }

  /** False when the lane is full; then nothing happened. */
  offer(message: M, lane: Lane): boolean {
    const ring = lane === 'data' ? this.#data : this.#control
    if (ring.length >= this.#bounds[lane]) return false
    ring.push(message)
    return true
  }

  signal(signal: Signal): void {
    this.#signals.push(signal)
  }

  nextSignal(): Signal | undefined {
    return this.#signals.shift()
  }

  /** Requires: `messages` is not 0. */
  next(): M {
    const isDataNext = this.#isDataNext()
    this.#inARow = isDataNext ? 0 : this.#inARow + 1
    // The chosen lane is not empty, so what comes out is what went in.
    return (isDataNext ? this.#data : this.#control).shift() as M
  }

  #isDataNext(): boolean {
    if (this.#data.length === 0) return false
    return this.#control.length === 0 || this.#inARow >= CONTROL_IN_A_ROW
  }
}
