// Keeps a commit from being lost when another process opens the file at the same moment.
//
// LMDB keeps the number of the newest transaction in its lock file, shared by all processes. A process
// that opens the file reads that number from the file's head and writes it there, without the write
// lock (mdb_env_open2; OpenLDAP ITS#9496, mended upstream, not in lmdb-js). A commit in between is
// forgotten: the next writer begins before it, under its number, and overwrites it.
//
// It can be seen in time. LMDB has two heads, and a transaction writes over the older of them: what is
// there must be older than the transaction. If it is not, a commit was forgotten, and nobody has
// overwritten it yet, as every writer looks first. Opening the file once more, while nobody can
// commit, puts the number right.
//
// A commit is lost too where the file is no longer the one of its directory: removed, moved away, or
// another one in its place. Its pages can be written all the same, and nobody will ever find them. So
// that is refused.
//
// Invariant: nothing is written in a transaction that was not looked at first.

import { spawnSync } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { assert } from '#protocols/core/assert'
import { directoryReplaced } from './lmdb-errors.ts'
import { TRANSACTION_AT } from './lmdb-file.ts'
import type { NativeRoot } from './lmdb-table.ts'

const LMDB = createRequire(import.meta.url).resolve('lmdb')
/** By a process of its own: closing a lock file twice in one would give up all its locks. */
const REOPEN =
  'require(process.argv[1]).open({ path: process.argv[2], noSubdir: false, readOnly: true }).close()'
const MENDS_MAX = 100

export class LostCommit {
  readonly #root: NativeRoot
  readonly #directory: string
  readonly #path: string
  readonly #file: number
  readonly #ours: Stats
  readonly #pageSize: number
  readonly #head = Buffer.alloc(8)
  #mends = 0

  constructor(root: NativeRoot, directory: string) {
    this.#root = root
    this.#directory = directory
    this.#path = join(directory, 'data.mdb')
    this.#file = openSync(this.#path, 'r')
    this.#ours = fstatSync(this.#file)
    this.#pageSize = root.env.stat().pageSize
  }

  /**
   * Asked inside a write transaction. True: a commit was forgotten; write nothing, mend, begin anew.
   * @throws MillraceError DIRECTORY_REPLACED
   */
  isForgotten(): boolean {
    if (this.#isReplaced()) throw directoryReplaced(this.#directory)
    const number = this.#root.env.getWriteTxnId()
    const page = (number & 1) * this.#pageSize
    readSync(this.#file, this.#head, 0, 8, page + TRANSACTION_AT)
    const isForgotten = this.#head.readBigUInt64LE(0) >= number
    if (!isForgotten) this.#mends = 0
    return isForgotten
  }

  /** Takes tens of ms; asked outside of transactions. */
  mend(): void {
    assert(this.#mends++ < MENDS_MAX, 'opening the file puts the number right')
    const { error } = spawnSync(process.execPath, ['-e', REOPEN, LMDB, this.#directory], {
      stdio: 'ignore',
    })
    if (error !== undefined) throw error
  }

  close(): void {
    closeSync(this.#file)
  }

  #isReplaced(): boolean {
    const there = statSync(this.#path, { throwIfNoEntry: false })
    return there?.ino !== this.#ours.ino || there.dev !== this.#ours.dev
  }
}
