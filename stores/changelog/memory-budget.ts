// What the stores of a thread may take of memory besides the pages of their files, which the system takes
// back when it needs them. Tasks that are open share it evenly, so that what one of them may take becomes
// less when another is opened, from its next seal on.
//
//   1/2  entries that are kept because they may be asked for again
//   1/4  changes that wait for a seal; their values are there twice, decoded and as they were staged
//   1/4  pages that a transaction of a seal changes: LMDB makes each of them in memory of its own, and
//        keeps that memory for the next transaction of the file

import { assert } from '#protocols/core/assert'
import { ENTRY_BYTES } from '../cache/changes.ts'

/** Of a file of LMDB, bytes. */
const PAGE_BYTES = 4096

export interface MemoryShare {
  /** Of entries that are kept, bytes; of all stores of the task. */
  readonly cacheBytes: number
  /** Whether so many changes with so many bytes of values are to be sealed now. */
  isFull(count: number, valueBytes: number): boolean
  /** Rows that may be sealed in one transaction. Each is on a page of its own, where there are so many. */
  readonly transactionRows: number
}

/** Where nobody says what there is. */
export const UNLIMITED: MemoryShare = {
  cacheBytes: Number.POSITIVE_INFINITY,
  isFull: () => false,
  transactionRows: Number.POSITIVE_INFINITY,
}

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
      isFull: (count, valueBytes) => count * ENTRY_BYTES + 2 * valueBytes >= part() / 4,
      get transactionRows() {
        return Math.max(1, Math.floor(part() / 4 / PAGE_BYTES))
      },
    }
    const leave = (): void => {
      assert(this.#shares > 0, 'who leaves has a share')
      this.#shares--
    }
    return { share, leave }
  }
}
