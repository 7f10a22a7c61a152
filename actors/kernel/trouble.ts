// What fails again and again is said once, then now and then with how often it was, and once more when
// it is over: the log of a bad hour stays readable.

import type { Clock } from '#protocols/core/clock'
import type { Logger } from '#protocols/core/log'

const EVERY_MS = 30_000

export class Trouble {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #code: string
  readonly #over: string
  #since: number | null = null
  #saidMs = 0
  #said = ''
  #count = 0

  /**
   * @param code of what is said, as `COORDINATION`, with `_FAILED` or `_RESUMED` behind it
   * @param over what is said when it works again
   */
  constructor(clock: Clock, log: Logger, code: string, over: string) {
    this.#clock = clock
    this.#log = log
    this.#code = code
    this.#over = over
  }

  /** It failed; another message than the last is said at once. */
  meet({ message }: Error): void {
    const nowMs = this.#clock.monotonic()
    this.#since ??= nowMs
    this.#count++
    if (message === this.#said && nowMs - this.#saidMs < EVERY_MS) return
    this.#said = message
    this.#saidMs = nowMs
    this.#log.log('warn', `${this.#code}_FAILED`, message, { times: this.#count })
  }

  /** It works. */
  end(): void {
    if (this.#since === null) return
    const lastedMs = Math.round(this.#clock.monotonic() - this.#since)
    const facts = { times: this.#count, lastedMs }
    this.#log.log('info', `${this.#code}_RESUMED`, this.#over, facts)
    this.#since = null
    this.#said = ''
    this.#count = 0
  }
}
