// Flushes of a log's file, outside of LMDB's write lock.
//
// LMDB flushes the pages of a transaction before it writes the head that tells of them, with the lock held:
// whatever head is on the disk, its pages are. The head itself is not flushed there (`noMetaSync`), so
// that the lock is held for one flush and not for two. Until it is, a loss of power may undo the newest
// transactions: who must know that it does not waits for a flush here, and others write meanwhile.

import { closeSync, fdatasync, openSync } from 'node:fs'
import { promisify } from 'node:util'

/** Resolves when what was written to an open file is on the disk. */
export type Flush = (file: number) => Promise<void>

export class FileFlush {
  readonly #file: number
  readonly #flush: Flush
  #underWay: Promise<void> | null = null
  /** Begins when the one under way has ended, for what was written after that one began. */
  #next: Promise<void> | null = null

  /** @throws what the file system says */
  constructor(path: string, flush: Flush = promisify(fdatasync)) {
    this.#file = openSync(path, 'r+')
    this.#flush = flush
  }

  /** Resolves when what was written before the call is on the disk; who waits together shares a flush. */
  run(): Promise<void> {
    if (this.#underWay === null) return this.#next ?? this.#begin()
    this.#next ??= this.#underWay.then(() => this.#begin())
    return this.#next
  }

  /** To be called when nobody waits any more. */
  close(): void {
    closeSync(this.#file)
  }

  #begin(): Promise<void> {
    this.#next = null
    const flush = this.#flush(this.#file)
    const end = (): void => {
      if (this.#underWay === ended) this.#underWay = null
    }
    const ended = flush.then(end, end)
    this.#underWay = ended
    return flush
  }
}
