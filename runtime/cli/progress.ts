// How far long work is, on one line of standard error that is drawn over: a bar, a rate and the time that
// is left. Only where standard error is a terminal; else nothing is written, and what is printed at the
// end is the same. The line is gone before anything else is said.

import process from 'node:process'
import { bar } from '../dashboard/figures.ts'
import { age } from './print.ts'

/** Where it is drawn. */
export interface ProgressPorts {
  readonly isTerminal: boolean
  readonly columns: number
  /** Wall time, ms. */
  now(): number
  write(text: string): void
}

const TERMINAL: ProgressPorts = {
  get isTerminal() {
    return process.stderr.isTTY === true && process.env['TERM'] !== 'dumb'
  },
  get columns() {
    // Some terminals do not say.
    return process.stderr.columns || 80
  },
  now: Date.now,
  write: (text) => void process.stderr.write(text),
}

/** Between two drawings, ms. */
const EVERY_MS = 100
/** Before that a time that is left would be a guess. */
const SETTLED_MS = 1000
const BAR_COLUMNS = 32
const ERASE = '\r\u001b[K'

export class Progress {
  readonly #what: string
  readonly #said: (perSecond: number) => string
  readonly #ports: ProgressPorts
  /** What was done when it was first said: what came before that may be work of another kind. */
  #first: { readonly at: number; readonly done: number } | null = null
  #drawnAt = Number.NEGATIVE_INFINITY
  #isDrawn = false

  /**
   * @param what in front of the bar, e.g. `checking`
   * @param said a rate, as people read it
   */
  constructor(what: string, said: (perSecond: number) => string, ports: ProgressPorts = TERMINAL) {
    this.#what = what
    this.#said = said
    this.#ports = ports
  }

  /** So much is done, of so much. */
  show(done: number, whole: number): void {
    const { isTerminal, columns, now, write } = this.#ports
    const at = now()
    this.#first ??= { at, done }
    if (!isTerminal || at - this.#drawnAt < EVERY_MS) return
    this.#drawnAt = at
    this.#isDrawn = true
    const spent = at - this.#first.at
    const perSecond = spent > 0 ? ((done - this.#first.done) / spent) * 1000 : 0
    const left = perSecond > 0 ? (Math.max(0, whole - done) / perSecond) * 1000 : null
    const eta = spent < SETTLED_MS || left === null ? '' : `  ${age(left)} left`
    const share = whole > 0 ? done / whole : 0
    const line = `${this.#what} ${bar(share, BAR_COLUMNS)}  ${this.#said(perSecond)}${eta}`
    // A line that is broken by the terminal could not be drawn over.
    write(ERASE + line.slice(0, Math.max(0, columns - 1)))
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isDrawn) this.#ports.write(ERASE)
    this.#isDrawn = false
  }
}
