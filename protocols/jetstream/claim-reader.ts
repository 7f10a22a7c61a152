// Reads a commit log of which nothing is left but the claim of who reads it: whoever stored the claim has it
// at hand, so that a task whose stores are true at the commit before it asks no server for anything. What
// comes after the claim is asked for when it is wanted.

import type { Reader, StoredBatch } from '../broker/broker.ts'
import type { Offset } from '../core/brands.ts'

/** @param follow the log from an offset on */
export class ClaimReader implements Reader {
  readonly #claim: StoredBatch
  readonly #follow: (from: Offset) => Reader
  #position: Offset
  #rest: Reader | null = null
  #isClosed = false

  /** @param from not before the end of what precedes the claim */
  constructor(claim: StoredBatch, from: Offset, follow: (from: Offset) => Reader) {
    this.#claim = claim
    this.#position = from
    this.#follow = follow
  }

  get position(): Offset {
    return this.#rest?.position ?? this.#position
  }

  take(bytesMax: number): readonly StoredBatch[] {
    if (this.#isClosed) return []
    if (this.#rest === null && this.#position < this.#claim.next) {
      this.#position = this.#claim.next
      return [this.#claim]
    }
    this.#rest ??= this.#follow(this.#position)
    return this.#rest.take(bytesMax)
  }

  end(): Offset {
    return this.#rest?.end() ?? this.#claim.next
  }

  behind(from: Offset): number | null {
    if (this.#rest !== null) return this.#rest.behind(from)
    return from < this.#claim.next ? 1 : 0
  }

  seek(to: Offset): void {
    this.#rest?.close()
    this.#rest = this.#follow(to)
  }

  close(): void {
    this.#isClosed = true
    this.#rest?.close()
  }
}
