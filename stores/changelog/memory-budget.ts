// What the stores of a thread may take of memory besides the pages of their files, which the system takes
// back when it needs them. Tasks that are open share it evenly, so that what one of them may take becomes
// less when another is opened, from its next seal on.
//
//   1/2  entries that are kept because they may be asked for again
//   1/8  values that wait for a seal; they are there twice for a while, decoded and as they were staged
//   1/4  pages that a seal changes: LMDB makes each of them in memory of its own, and keeps that memory
//        for the next transaction of the file

import { assert } from '#protocols/core/assert'

/** Of a file of LMDB, bytes. */
const PAGE_BYTES = 4096

export interface MemoryShare {
  /** Of entries that are kept, bytes; of all stores of the task. */
  readonly cacheBytes: number
  /**
   * Whether changes that wait are to be sealed now.
   * @param waiting changes, bytes of their values, and bytes of what is sealed already, which are only
   *   asked for where they matter
   */
  isFull(waiting: Waiting): boolean
}

export interface Waiting {
  readonly count: number
  readonly bytes: number
  sealedBytes(): number
}

/** Where nobody says what there is. */
export const UNLIMITED: MemoryShare = { cacheBytes: Number.POSITIVE_INFINITY, isFull: () => false }

export class MemoryBudget {
  readonly #bytes: number
  #shares = 0

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** One more has a share, until it calls `leave`. */
  join(): { readonly share: MemoryShare; leave(): void } {
    this.#shares++
    const part = (): number => this.#bytes / this.#shares
    const share: MemoryShare = {
      get cacheBytes() {
        return part() / 2
      },
      isFull({ count, bytes, sealedBytes }) {
        if (bytes >= part() / 8) return true
        // Each change is on a page of its own, as long as there are so many.
        const most = part() / 4
        return count * PAGE_BYTES >= most && sealedBytes() + bytes >= most
      },
    }
    const leave = (): void => {
      assert(this.#shares > 0, 'who leaves has a share')
      this.#shares--
    }
    return { share, leave }
  }
}
