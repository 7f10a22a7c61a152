// Lines of words, endless and the same for a seed, and the counts they must come to.

import type { Random } from '#protocols/core/clock'
import { seededRandom } from '#runtime/testkit/seeded-random'

export class WordLines {
  readonly totals = new Map<string, number>()
  /** Words in all lines so far. */
  words = 0
  readonly #random: Random
  readonly #vocabulary: number
  readonly #isMarked: boolean
  #lines = 0

  /** @param isMarked each line begins with a word of its own, so that no other can stand in for it */
  constructor(seed: number, vocabulary = 2000, isMarked = false) {
    this.#random = seededRandom(seed)
    this.#vocabulary = vocabulary
    this.#isMarked = isMarked
  }

  /** `count` more lines of one to five words; few words are frequent, most are rare. */
  next(count: number): string[] {
    return Array.from({ length: count }, () => this.#line())
  }

  #line(): string {
    const length = 1 + Math.floor(this.#random.next() * 5)
    const words = Array.from({ length }, () => this.#count(this.#word()))
    this.#lines++
    if (this.#isMarked) words.unshift(this.#count(`line${this.#lines}`))
    return words.join(' ')
  }

  #word(): string {
    return `w${Math.floor(this.#random.next() ** 3 * this.#vocabulary)}`
  }

  #count(word: string): string {
    this.totals.set(word, (this.totals.get(word) ?? 0) + 1)
    this.words++
    return word
  }
}
