// One named table of an LMDB engine, and the parts of lmdb-js that its published types leave out.
// Inside a body, reads and writes happen in its transaction. Outside, a write is a body of its own and
// a read sees the newest committed state this thread has looked at.

import { assert } from '#protocols/core/assert'
import type { Entry, Range, Table } from './engine.ts'

/** An lmdb-js database, as far as it is used here. */
export interface NativeDb {
  get(key: Uint8Array): Uint8Array | undefined
  putSync(key: Uint8Array, value: Uint8Array): boolean
  removeSync(key: Uint8Array): boolean
  clearSync(): void
  ensureReadTxn(): void
  getRange(options: NativeRange): Iterable<Entry>
  readonly db: { stat(): TreeStat }
}

interface NativeRange {
  start?: Uint8Array
  end?: Uint8Array
  reverse?: boolean
  limit?: number
  exclusiveStart?: boolean
  inclusiveEnd?: boolean
}

export interface TreeStat {
  readonly pageSize: number
  readonly entryCount: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

/** The root of an environment. */
export interface NativeRoot extends NativeDb {
  openDB(options: { name: string; encoding: string; keyEncoding: string }): NativeDb
  transactionAsync(body: () => void): Promise<unknown>
  transactionSync(body: () => void, flags: number): void
  childTransaction(body: () => void): void
  resetReadTxn(): void
  backup(path: string, isCompact: boolean): Promise<void>
  close(): Promise<void>
  readonly env: NativeEnv
}

export interface NativeEnv {
  info(): { lastPageNumber: number }
  stat(): TreeStat
  freeStat(): TreeStat
  /** Of the transaction this thread is in. */
  getWriteTxnId(): number
  startWriting(address: number, report: (status: number) => unknown): unknown
}

/** The bodies of an engine, as its tables see them. */
export interface Bodies {
  readonly isInside: boolean
  run<T>(body: () => T): T
}

const KEY_BYTES_MAX = 1900
const FIRST_KEY = Uint8Array.of(0)

export class LmdbTable implements Table {
  readonly #db: NativeDb
  readonly #bodies: Bodies

  constructor(db: NativeDb, bodies: Bodies) {
    this.#db = db
    this.#bodies = bodies
  }

  get(key: Uint8Array): Uint8Array | undefined {
    checkKey(key)
    return this.#db.get(key)
  }

  put(key: Uint8Array, value: Uint8Array): void {
    checkKey(key)
    if (this.#bodies.isInside) this.#db.putSync(key, value)
    else this.#bodies.run(() => this.#db.putSync(key, value))
  }

  delete(key: Uint8Array): boolean {
    checkKey(key)
    return this.#write(() => this.#db.removeSync(key))
  }

  range(range: Range = {}): Iterable<Entry> {
    const { from, to, reverse, limit } = range
    if ((to !== undefined && to.length === 0) || limit === 0) return []
    const options: NativeRange = limit === undefined ? {} : { limit }
    const first = from === undefined || from.length === 0 ? FIRST_KEY : from
    if (reverse === true) {
      options.reverse = true
      options.end = first
      options.inclusiveEnd = true
      if (to !== undefined) {
        options.start = to
        options.exclusiveStart = true
      }
    } else {
      options.start = first
      if (to !== undefined) options.end = to
    }
    return this.#db.getRange(options)
  }

  count(): number {
    return this.stat().entryCount
  }

  bytes(): number {
    const stat = this.stat()
    return treePages(stat) * stat.pageSize
  }

  clear(): void {
    this.#write(() => this.#db.clearSync())
  }

  stat(): TreeStat {
    if (!this.#bodies.isInside) this.#db.ensureReadTxn()
    return this.#db.db.stat()
  }

  #write<T>(write: () => T): T {
    return this.#bodies.isInside ? write() : this.#bodies.run(write)
  }
}

/** Pages of a tree that hold something. */
export const treePages = (stat: TreeStat): number =>
  stat.treeBranchPageCount + stat.treeLeafPageCount + stat.overflowPages

function checkKey(key: Uint8Array): void {
  assert(
    key.length > 0 && key.length <= KEY_BYTES_MAX,
    () => `keys have 1 to ${KEY_BYTES_MAX} bytes, not ${key.length}`,
  )
}
