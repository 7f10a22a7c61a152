// Text to be processed: lines of words as frequent as in a book, in batches as a producer makes them.

import { utf8 } from '#protocols/core/bytes'
import type { Random } from '#protocols/core/clock'
import { BatchBuilder } from '#protocols/records/batch'
import { seededRandom } from '#runtime/testkit/seeded-random'

export interface Text {
  readonly batches: readonly Uint8Array[]
  readonly lines: number
  readonly words: number
}

const BATCH_BYTES = 256 * 1024
const VOCABULARY = 50_000

/** Lines of about ten words; the n-th most frequent word comes about 1/n as often as the first. */
export function text(lineCount: number): Text {
  const random = seededRandom(42)
  const builder = new BatchBuilder()
  const batches: Uint8Array[] = []
  let words = 0
  for (let line = 0; line < lineCount; line++) {
    const chosen = lineOf(random)
    words += chosen.length
    builder.add(null, utf8(chosen.join(' ')), line)
    if (builder.byteLength >= BATCH_BYTES) batches.push(builder.finish())
  }
  if (builder.count > 0) batches.push(builder.finish())
  return { batches, lines: lineCount, words }
}

const STEADY = 20_000

/** Such lines for a steady load: made before it and repeated, so that making them is no part of it. */
export class SteadyLines {
  readonly #lines: readonly string[]
  #next = 0

  constructor() {
    const random = seededRandom(43)
    this.#lines = Array.from({ length: STEADY }, () => lineOf(random).join(' '))
  }

  /** One batch of lines of one time, each behind `head`. */
  batch(count: number, timeMs: number, head = ''): Uint8Array {
    const builder = new BatchBuilder()
    for (let line = 0; line < count; line++) {
      builder.add(null, utf8(`${head}${this.#lines[this.#next++ % STEADY]}`), timeMs)
    }
    return builder.finish()
  }
}

function lineOf(random: Random): string[] {
  const length = 5 + Math.floor(random.next() * 11)
  return Array.from({ length }, () => wordOf(Math.floor(VOCABULARY ** random.next())))
}

/** Short words are frequent, as they are. */
const wordOf = (rank: number): string => {
  let name = ''
  for (let rest = rank + 20; rest > 0; rest = Math.floor(rest / 26)) {
    name = String.fromCharCode(97 + (rest % 26)) + name
  }
  return name
}
