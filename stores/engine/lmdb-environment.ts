// One LMDB environment per file and thread, however many engines a thread opens on the file.
//
// Group commit's write thread takes the write lock and then waits for this thread to run the bodies. A
// second environment on the same file would not know of it: a write of its own would wait for the lock
// in this thread, and neither would ever go on. So engines of one thread share the environment of a
// log, and the last one to close closes it. Stores are opened by one engine alone.
//
// Invariant: nothing is written in a transaction that was not looked at first (lmdb-lost-commit.ts).

import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '#protocols/core/assert'
import { openDirectory } from './lmdb-directory.ts'
import { FileFlush } from './lmdb-flush.ts'
import { GroupCommit } from './lmdb-group-commit.ts'
import { LostCommit } from './lmdb-lost-commit.ts'
import { type NativeDb, type NativeRoot, treePages } from './lmdb-table.ts'

const AT_ONCE = 3 // abortable, committed when the call returns

/** By the real path of the directory; each thread has its own. */
const shared = new Map<string, LmdbEnvironment>()

export type OpenRoot = (directory: string) => NativeRoot

/**
 * The environment of a log: the one this thread has open, or a new one.
 * @throws MillraceError as `openDirectory`
 */
export function sharedEnvironment(path: string, open: OpenRoot): LmdbEnvironment {
  openDirectory(path, 'log')
  const key = realpathSync(path)
  const environment = shared.get(key) ?? new LmdbEnvironment(open(path), path, key)
  // Whatever this opening, or that of another process, made others forget.
  environment.write(() => {})
  shared.set(key, environment)
  environment.users++
  return environment
}

/**
 * The environment of a store, which nobody else opens.
 * @throws MillraceError as `openDirectory`
 */
export function ownEnvironment(path: string, open: OpenRoot): LmdbEnvironment {
  openDirectory(path, 'store')
  const environment = new LmdbEnvironment(open(path), path, null)
  environment.users++
  return environment
}

export class LmdbEnvironment {
  users = 0
  readonly root: NativeRoot
  readonly group: GroupCommit
  readonly #databases = new Map<string, NativeDb>()
  readonly inside = { body: false }
  readonly #key: string | null
  readonly #lost: LostCommit | null
  readonly #flush: FileFlush | null

  constructor(root: NativeRoot, path: string, key: string | null) {
    this.root = root
    this.#key = key
    this.#lost = key === null ? null : new LostCommit(root, path)
    this.#flush = key === null ? null : new FileFlush(join(path, 'data.mdb'))
    const { inside } = this
    const flush = async (): Promise<void> => await this.#flush?.run()
    this.group = new GroupCommit(root, { lost: this.#lost, inside, flush, place: path })
  }

  database(name: string): NativeDb {
    const found = this.#databases.get(name)
    if (found !== undefined) return found
    assert(!this.inside.body, 'tables are opened outside bodies')
    const options = { name, encoding: 'binary', keyEncoding: 'binary' }
    const database = this.write(() => this.root.openDB(options))
    this.#databases.set(name, database)
    return database
  }

  /** Bytes of the pages that hold something; what is free inside the file does not count. */
  usedBytes(): number {
    const { env } = this.root
    if (!this.inside.body) this.root.ensureReadTxn()
    let pages = 2 + treePages(env.stat()) + treePages(env.freeStat())
    for (const { db } of this.#databases.values()) pages += treePages(db.stat())
    return pages * env.stat().pageSize
  }

  fileBytes(): number {
    return (this.root.env.info().lastPageNumber + 1) * this.root.env.stat().pageSize
  }

  /** Runs in a write transaction that follows the newest one. */
  write<T>(run: () => T): T {
    const box: { value?: T } = {}
    for (;;) {
      let isForgotten = false
      this.root.transactionSync(() => {
        isForgotten = this.#lost?.isForgotten() === true
        if (!isForgotten) box.value = run()
      }, AT_ONCE)
      // Set by `run`, which came to its end.
      if (!isForgotten) return box.value as T
      this.#lost?.mend()
    }
  }

  /** Lets everything waiting settle; closes the file when nobody uses it any more. */
  async release(): Promise<void> {
    await this.group.settled()
    this.users--
    if (this.users > 0) return
    if (this.#key !== null) shared.delete(this.#key)
    // A broken one cannot be closed: lmdb-js would wait for a write that never comes.
    if (!this.group.isBroken) await this.root.close()
    this.#lost?.close()
    this.#flush?.close()
  }
}
