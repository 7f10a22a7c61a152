// A task that reads nothing for a while: how far its stream time may go on without records. From the
// last record on, a millisecond of silence is one of event time, looked at every so often.

export class Quiet {
  readonly #afterMs: number
  /** Records taken when last looked at. */
  #records = -1
  /** Where the silence began, by the wall clock and in event time, ms. */
  #sinceMs = 0
  #from = 0
  #nextMs = Number.POSITIVE_INFINITY

  /** @param afterMs infinite: time never goes on by itself */
  constructor(afterMs: number) {
    this.#afterMs = afterMs
  }

  get isAsked(): boolean {
    return this.#afterMs !== Number.POSITIVE_INFINITY
  }

  /** When to look next, ms by the wall clock; infinite when never. */
  get untilMs(): number {
    return this.#nextMs
  }

  /**
   * To be asked when there is nothing to read. Answers how far event time has come; null when it is too
   * early to say.
   * @param records how many were taken so far
   */
  look(records: number, nowMs: number, streamTime: number): number | null {
    if (records !== this.#records) {
      this.#records = records
      this.#sinceMs = nowMs
      this.#from = streamTime
      this.#nextMs = nowMs + this.#afterMs
      return null
    }
    if (nowMs < this.#nextMs) return null
    this.#nextMs = nowMs + this.#afterMs
    return this.#from + nowMs - this.#sinceMs
  }
}
