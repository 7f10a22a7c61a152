// The engine over LMDB: one memory-mapped file, shared by the threads of a process and by processes.
//
// Durability, and what it means:
//   fsync        a commit resolves when it is on disk; commits of one turn share a flush
//   os           a commit resolves when every process sees it; the flush follows by itself. After a
//                power loss the last moments may be gone, never a part of a transaction
//   rebuildable  nothing is flushed: for what a log can rebuild. See lmdb-directory.ts
//
// Invariants: (1) nothing is written or mapped before the directory was checked; (2) a body that
// throws leaves nothing; (3) every process gives the same `bytesMax`, or the map is sized twice.

import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { assert } from '#protocols/core/assert'
import type { CommitOptions, Engine, EngineUsage, Table } from './engine.ts'
import { type OpenDirectory, openDirectory, openEmptyDirectory } from './lmdb-directory.ts'
import { engineError, logFull } from './lmdb-errors.ts'
import { GroupCommit } from './lmdb-group-commit.ts'
import { LostCommit } from './lmdb-lost-commit.ts'
import { type Bodies, LmdbTable, type NativeRoot, type TreeStat } from './lmdb-table.ts'

export type Durability = 'fsync' | 'os' | 'rebuildable'

export interface LmdbOptions {
  /** Created when missing. */
  readonly directory: string
  /** What is kept here, part of the directory's mark: `log` or `store`. */
  readonly kind: 'log' | 'store'
  readonly durability: Durability
  /** Bytes that may be used; the file never shrinks below what it once was. Default 256 GiB for a log, 16 GiB for a store. */
  readonly bytesMax?: number | undefined
  /** Named tables there may be. Default 32. */
  readonly tablesMax?: number | undefined
}

const GIB = 1024 ** 3
const NO_FLUSH = 0x10003 // abortable, committed when the call returns, flushed later
const BYTES_MAX = { log: 256 * GIB, store: 16 * GIB }

/**
 * Opens the engine in a directory.
 * @throws MillraceError DIRECTORY_UNWRITABLE; DIRECTORY_FORMAT when something else lives there;
 *   LOG_DAMAGED when the file cannot be trusted
 */
export function openLmdb(options: LmdbOptions): Engine {
  const bytesMax = options.bytesMax ?? BYTES_MAX[options.kind]
  const directory = openDirectory(options.directory, options.kind)
  const isRebuildable = options.durability === 'rebuildable'
  try {
    const root: unknown = open({
      path: options.directory,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: options.tablesMax ?? 32,
      // Threads that may read at once, over all processes.
      maxReaders: 1024,
      // LMDB stops the writer at its map's end in the middle of a transaction; our own limit comes
      // first, so that there is room to delete in.
      mapSize: Math.ceil((bytesMax * 1.25 + 256 * 1024 ** 2) / 65536) * 65536,
      overlappingSync: !isRebuildable,
      noSync: isRebuildable,
      // Bodies are batched by group commit; lmdb-js's own batching leaves a promise behind that
      // nobody can catch when a commit fails.
      eventTurnBatching: false,
    })
    // The published types leave out the parts named in NativeRoot; the version is pinned.
    return new LmdbEngine(root as NativeRoot, directory, options, bytesMax)
  } catch (error) {
    // The mark stays as it is: nothing says that what is there was flushed.
    throw engineError(error, options.directory)
  }
}

class LmdbEngine implements Engine {
  readonly #root: NativeRoot
  readonly #directory: OpenDirectory
  readonly #options: LmdbOptions
  readonly #bytesMax: number
  readonly #group: GroupCommit
  /** Null for stores, which no other process opens. */
  readonly #lost: LostCommit | null
  readonly #tables = new Map<string, LmdbTable>()
  readonly #inside = { body: false }
  readonly #bodies: Bodies

  constructor(root: NativeRoot, directory: OpenDirectory, options: LmdbOptions, bytesMax: number) {
    this.#root = root
    this.#directory = directory
    this.#options = options
    this.#bytesMax = bytesMax
    const inside = this.#inside
    this.#bodies = {
      get isInside() {
        return inside.body
      },
      run: (body) => this.transact(body),
    }
    this.#lost = options.kind === 'log' ? new LostCommit(root, options.directory) : null
    this.#group = new GroupCommit(root, {
      lost: this.#lost,
      waitsForFlush: options.durability === 'fsync',
      guard: (isFreeing) => this.#guard(isFreeing),
      inside,
      place: options.directory,
    })
    // Whatever this opening made others forget.
    this.#write(() => {})
  }

  table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined) {
      assert(!this.#inside.body, 'tables are opened outside bodies')
      const options = { name, encoding: 'binary', keyEncoding: 'binary' }
      table = new LmdbTable(
        this.#write(() => this.#root.openDB(options)),
        this.#bodies,
      )
      this.#tables.set(name, table)
    }
    return table
  }

  transact<T>(body: () => T): T {
    assert(!this.#inside.body, 'bodies do not nest')
    this.#inside.body = true
    try {
      return this.#write(() => {
        this.#guard(false)
        return body()
      })
    } catch (error) {
      throw engineError(error, this.#options.directory)
    } finally {
      this.#inside.body = false
    }
  }

  commit<T>(body: () => T, options: CommitOptions<T> = {}): Promise<T> {
    assert(!this.#inside.body, 'bodies do not nest')
    if (this.#options.durability === 'rebuildable') {
      try {
        const result = this.transact(body)
        options.onVisible?.(result)
        return Promise.resolve(result)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#group.commit(body, options)
  }

  usage(): EngineUsage {
    return { usedBytes: this.#usedBytes(), bytesMax: this.#bytesMax }
  }

  async copy(directory: string): Promise<void> {
    const target = openEmptyDirectory(directory, this.#options.kind)
    try {
      await this.#root.backup(directory, true)
      flushFile(join(directory, 'data.mdb'))
    } catch (error) {
      throw engineError(error, directory)
    }
    target.release()
  }

  refresh(): void {
    this.#root.resetReadTxn()
  }

  async close(): Promise<void> {
    await this.#group.close()
    if (this.#options.durability === 'rebuildable') {
      await new Promise<void>((resolve, reject) => {
        this.#root.sync((error) => (error ? reject(engineError(error, '')) : resolve()))
      })
    }
    await this.#root.close()
    this.#lost?.close()
    this.#directory.release()
  }

  /** Runs in a write transaction that follows the newest one. */
  #write<T>(run: () => T): T {
    const box: { value?: T } = {}
    for (;;) {
      let isForgotten = false
      this.#root.transactionSync(() => {
        isForgotten = this.#lost?.isForgotten() === true
        if (!isForgotten) box.value = run()
      }, NO_FLUSH)
      // Set by `run`, which came to its end.
      if (!isForgotten) return box.value as T
      this.#lost?.mend()
    }
  }

  /** Refuses to grow beyond the limit; what frees space may pass it. */
  #guard(isFreeing: boolean): void {
    if (isFreeing || this.#fileBytes() < this.#bytesMax) return
    if (this.#usedBytes() < this.#bytesMax) return
    throw logFull(this.#options.directory, this.#bytesMax)
  }

  #fileBytes(): number {
    return (this.#root.env.info().lastPageNumber + 1) * this.#root.env.stat().pageSize
  }

  /** Pages that hold something; what is free inside the file does not count. */
  #usedBytes(): number {
    const { env } = this.#root
    if (!this.#inside.body) this.#root.ensureReadTxn()
    let pages = 2 + treePages(env.stat()) + treePages(env.freeStat())
    for (const table of this.#tables.values()) pages += treePages(table.stat())
    return pages * env.stat().pageSize
  }
}

const treePages = (stat: TreeStat): number =>
  stat.treeBranchPageCount + stat.treeLeafPageCount + stat.overflowPages

function flushFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
