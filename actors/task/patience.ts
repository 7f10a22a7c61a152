// How long a task waits for inputs that have nothing, so that records of several inputs meet in the
// order of their times: a record is taken only when every input has one to compare it with, or has had
// none for so long.
//
// Source of the semantics: Kafka Streams' max.task.idle.ms. The wait of an input begins when it is
// first found empty, by the wall clock, and ends with its next record; once over, it is over until then.

export class Patience {
  readonly #maxMs: number
  /** When each input that has nothing has been waited for long enough, ms. */
  readonly #deadlines = new Map<object, number>()
  #untilMs = Number.POSITIVE_INFINITY

  /** @param maxMs 0: never waits */
  constructor(maxMs: number) {
    this.#maxMs = maxMs
  }

  /** Whether it ever waits: asked for, and with inputs that could wait for one another. */
  canWait(inputs: number): boolean {
    return this.#maxMs > 0 && inputs > 1
  }

  /** When what it waits for now is over, ms; infinite when it does not wait. */
  get untilMs(): number {
    return this.#untilMs
  }

  /** Whether the next record may be taken. */
  isOver(inputs: readonly { head(): object | null }[], nowMs: number): boolean {
    this.#untilMs = Number.POSITIVE_INFINITY
    if (!this.canWait(inputs.length)) return true
    let untilMs = 0
    let isEmpty = true
    for (const input of inputs) {
      if (input.head() !== null) {
        this.#deadlines.delete(input)
        isEmpty = false
        continue
      }
      const deadlineMs = this.#deadlines.get(input) ?? nowMs + this.#maxMs
      this.#deadlines.set(input, deadlineMs)
      untilMs = Math.max(untilMs, deadlineMs)
    }
    if (nowMs >= untilMs) return true
    // With nothing at hand there is nothing to wait with.
    if (!isEmpty) this.#untilMs = untilMs
    return false
  }
}
