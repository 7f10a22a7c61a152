// Lines of words, endless and the same for a seed, and the counts they must come to.

import type { Random } from '#protocols/core/clock'
import { seededRandom } from '#runtime/testkit/seeded-random'

export class WordLines {
  readonly totals = new Map<string, number>()
  /** Words in all lines so far. */
  words = 0
  readonly #random: Random
  readonly #vocabulary: number

  constructor(seed: number, vocabulary = 2000) {
    this.#random = seededRandom(seed)
    this.#vocabulary = vocabulary
  }

  /** `count` more lines of one to five words; few words are frequent, most are rare. */
  next(count: number): string[] {
    return Array.from({ length: count }, () => this.#line())
  }

  #line(): string {
    const length = 1 + Math.floor(this.#random.next() * 5)
    const words = Array.from({ length }, () => this.#word())
    return words.join(' ')
  }

  #word(): string {
    const word = `w${Math.floor(this.#random.next() ** 3 * this.#vocabulary)}`
    this.totals.set(word, (this.totals.get(word) ?? 0) + 1)
    this.words++
    return word
  }
}
