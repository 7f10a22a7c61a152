// The engine over LMDB: one memory-mapped file, shared by the threads of a process and by processes.
//
// Durability, and what it means:
//   fsync        a commit resolves when it is on disk; commits of one turn share a flush
//   os           a commit resolves when every process sees it; the flush follows by itself. After a
//                power loss the last moments may be gone, never a part of a transaction
//   rebuildable  nothing is flushed, not even at the end: for what a log can rebuild. See lmdb-directory.ts
//
// Invariants: (1) nothing is written or mapped before the directory was checked; (2) a body that
// throws leaves nothing; (3) every process gives the same `bytesMax`, or the map is sized twice.

import { closeSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as Lmdb from 'lmdb'
import { assert } from '#protocols/core/assert'
import { EMPTY } from '#protocols/core/bytes'
import type { CommitOptions, Engine, EngineUsage, Table } from './engine.ts'
import { openEmptyDirectory } from './lmdb-directory.ts'
import {
  type LmdbEnvironment,
  type OpenRoot,
  ownEnvironment,
  sharedEnvironment,
} from './lmdb-environment.ts'
import { engineError, hasLostPages, logFull, storeFull } from './lmdb-errors.ts'
import { type Bodies, LmdbTable, type NativeDb, type NativeRoot } from './lmdb-table.ts'

/** As CommonJS it is one file, as modules a dozen, and every thread loads it. */
const { open } = createRequire(import.meta.url)('lmdb') as typeof Lmdb

export type Durability = 'fsync' | 'os' | 'rebuildable'

export interface LmdbOptions {
  /** Created when missing. */
  readonly directory: string
  /** What is kept here, part of the directory's mark: `log` or `store`. */
  readonly kind: 'log' | 'store'
  readonly durability: Durability
  /**
   * Bytes that may be used; the file never shrinks below what it once was. Default 256 GiB for a log. A
   * store that has come to them may use twice as many when it is opened again; default 16 GiB.
   */
  readonly bytesMax?: number | undefined
  /** Named tables there may be. Default 32. */
  readonly tablesMax?: number | undefined
  /** Called once, when it begins to close. */
  readonly onClose?: (() => void) | undefined
}

const GIB = 1024 ** 3
const DATA = 'data.mdb'
const FIRST_KEY = Uint8Array.of(0)
const BYTES_MAX = { log: 256 * GIB, store: 16 * GIB }

/**
 * Opens the engine in a directory.
 * @throws MillraceError DIRECTORY_UNWRITABLE; DIRECTORY_FORMAT when something else lives there; DISK_FULL;
 *   LOG_DAMAGED when the file cannot be trusted
 */
export function openLmdb(options: LmdbOptions): Engine {
  const bytesMax = bytesMaxOf(options)
  const openRoot = (path: string): NativeRoot => nativeRoot(path, options, bytesMax)
  const openEnvironment = options.kind === 'log' ? sharedEnvironment : ownEnvironment
  try {
    const environment = openEnvironment(options.directory, openRoot)
    return new LmdbEngine(environment, openRoot, options, bytesMax)
  } catch (error) {
    throw engineError(error, options.directory)
  }
}

/** A log is opened by many, who must agree about it. */
function bytesMaxOf({ directory, kind, bytesMax = BYTES_MAX[kind] }: LmdbOptions): number {
  if (kind === 'log') return bytesMax
  const { size = 0 } = statSync(join(directory, DATA), { throwIfNoEntry: false }) ?? {}
  return Math.max(bytesMax, 2 * size)
}

function nativeRoot(path: string, options: LmdbOptions, bytesMax: number): NativeRoot {
  const isRebuildable = options.durability === 'rebuildable'
  const root: unknown = open({
    path,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: options.tablesMax ?? 32,
    // Threads that may read at once, over all processes.
    maxReaders: 1024,
    // LMDB stops the writer at its map's end in the middle of a transaction; our own limit comes
    // first, so that there is room to delete in.
    mapSize: Math.ceil((bytesMax * 1.25 + 256 * 1024 ** 2) / 65536) * 65536,
    // Flushes that overlap transactions (`overlappingSync`, the default) take a lock that LMDB cannot recover
    // from a process that was killed in its flush: others are told that their environment is broken.
    overlappingSync: false,
    noSync: isRebuildable,
    // Of the head, that is: lmdb-flush.ts.
    noMetaSync: true,
    // Rows are asked for in no order: what lies beside one would push another out. (Of lmdb-js, but not of
    // its published types.)
    ...{ noReadAhead: options.kind === 'store' },
    // Bodies are batched by group commit; lmdb-js's own batching leaves a promise behind that
    // nobody can catch when a commit fails.
    eventTurnBatching: false,
  })
  // The published types leave out the parts named in NativeRoot; the version is pinned.
  return root as NativeRoot
}

class LmdbEngine implements Engine {
  readonly #environment: LmdbEnvironment
  readonly #openRoot: OpenRoot
  readonly #options: LmdbOptions
  readonly #bytesMax: number
  readonly #tables = new Map<string, LmdbTable>()
  readonly #bodies: Bodies
  #isClosed = false

  constructor(
    environment: LmdbEnvironment,
    openRoot: OpenRoot,
    options: LmdbOptions,
    bytesMax: number,
  ) {
    this.#environment = environment
    this.#openRoot = openRoot
    this.#options = options
    this.#bytesMax = bytesMax
    this.#bodies = {
      get isInside() {
        return environment.inside.body
      },
      run: (body) => this.transact(body),
    }
  }

  table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined) {
      table = new LmdbTable(this.#database(name), this.#bodies)
      this.#tables.set(name, table)
    }
    return table
  }

  #database(name: string): NativeDb {
    try {
      return this.#environment.database(name)
    } catch (error) {
      throw engineError(error, this.#options.directory)
    }
  }

  transact<T>(body: () => T): T {
    const { inside } = this.#environment
    assert(!inside.body, 'bodies do not nest')
    inside.body = true
    try {
      return this.#environment.write(() => {
        this.#guard(false)
        return body()
      })
    } catch (error) {
      throw engineError(error, this.#options.directory)
    } finally {
      inside.body = false
    }
  }

  commit<T>(body: () => T, options: CommitOptions<T> = {}): Promise<T> {
    assert(!this.#environment.inside.body, 'bodies do not nest')
    if (this.#isClosed) return Promise.reject(new Error('the engine is closed'))
    if (this.#options.durability === 'rebuildable') {
      try {
        const result = this.transact(body)
        options.onVisible?.(result)
        return Promise.resolve(result)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#environment.group.commit({
      body: () => {
        this.#guard(options.passesLimit === true)
        return body()
      },
      visible: (result) => options.onVisible?.(result),
      waitsForFlush: this.#options.durability === 'fsync' && options.isTransient !== true,
    })
  }

  usage(): EngineUsage {
    return { usedBytes: this.#environment.usedBytes(), bytesMax: this.#bytesMax }
  }

  async copy(directory: string): Promise<void> {
    const { kind, durability } = this.#options
    openEmptyDirectory(directory, kind)
    try {
      if (kind === 'store') await this.#copyCompacted(directory)
      else await this.#environment.root.backup(directory, false)
      // As the original: what a log can rebuild is good until the machine restarts.
      if (durability === 'rebuildable') return
      flushFile(join(directory, DATA))
    } catch (error) {
      throw engineError(error, directory)
    }
  }

  /**
   * Without the pages that are free. Such a copy has an empty free list, and LMDB ends the process when a
   * large transaction is the first to write there. So a small one is: from then on each puts what it
   * freed before it takes away what it used, and the list is never empty again.
   */
  async #copyCompacted(directory: string): Promise<void> {
    const { root } = this.#environment
    try {
      await root.backup(directory, true)
    } catch (error) {
      if (!hasLostPages(error)) throw error
      rmSync(join(directory, DATA))
      await root.backup(directory, false)
    }
    const copy = ownEnvironment(directory, this.#openRoot)
    copy.write(() => {
      copy.root.putSync(FIRST_KEY, EMPTY)
      copy.root.removeSync(FIRST_KEY)
    })
    await copy.release()
  }

  refresh(): void {
    this.#environment.root.resetReadTxn()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#options.onClose?.()
    await this.#environment.release()
  }

  /** Refuses to grow beyond the limit; what frees space may pass it. */
  #guard(passesLimit: boolean): void {
    if (passesLimit || this.#environment.fileBytes() < this.#bytesMax) return
    if (this.#environment.usedBytes() < this.#bytesMax) return
    const full = this.#options.kind === 'log' ? logFull : storeFull
    throw full(this.#options.directory, this.#bytesMax)
  }
}

function flushFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
