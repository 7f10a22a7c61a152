// Answers that several wait for: screens of one application ask for the same at the same time, each through
// a request of its own.

/** Later than this, what an open question will answer is too old to be taken for now. */
const SHARED_MS = 100

interface Open {
  /** When it was asked, wall time, ms. */
  readonly at: number
  readonly answer: Promise<unknown>
}

export class SharedAnswers {
  readonly #now: () => number
  readonly #open = new Map<string, Open>()

  /** @param now wall time, ms */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Asks, unless the same was asked just now and is not answered yet: then that answer is waited for.
   * @param about names the question: what has one name has one type of answer
   */
  ask<T>(about: string, question: () => Promise<T>): Promise<T> {
    const at = this.#now()
    const before = this.#open.get(about)
    if (before !== undefined && at - before.at < SHARED_MS) return before.answer as Promise<T> // by its name
    const answer = question()
    const open = { at, answer }
    this.#open.set(about, open)
    const forget = (): void => {
      if (this.#open.get(about) === open) this.#open.delete(about)
    }
    answer.then(forget, forget)
    return answer
  }
}
