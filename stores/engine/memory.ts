// The memory engine: tables as sorted trees in this process. For tests, for simulated brokers and for
// stores that may start empty. It keeps the promises of engine.ts; durability it has none.
//
// Several handles may stand on one MemoryData, as several processes stand on one LMDB environment:
// each handle closes on its own, all see the same tables.
//
// Invariants: (1) keys are kept as strings of one character per byte, which compare as the bytes do;
// (2) values inside are never handed out nor changed in place, so a snapshot of a tree stays true;
// (3) while a body runs, every write leaves its undo behind.

import sorted from 'sorted-btree'
import { assert } from '#protocols/core/assert'
import { MillraceError } from '#protocols/core/errors'
import type { CommitOptions, Engine, EngineUsage, Entry, Range, Table } from './engine.ts'

const KEY_BYTES_MAX = 1900

type Tree = InstanceType<typeof sorted.default<string, Uint8Array>>

interface Sheet {
  tree: Tree
  usedBytes: number
}

/** What handles share. Opaque. */
export class MemoryData {
  readonly sheets = new Map<string, Sheet>()
  usedBytes = 0
  /** How to take back the writes of the body that is running; null when none is. */
  undo: (() => void)[] | null = null
}

/** @param data give the same to several engines to let them share it */
export function memoryEngine(data: MemoryData = new MemoryData()): Engine {
  return new MemoryEngine(data)
}

class MemoryEngine implements Engine {
  readonly #data: MemoryData
  #isOpen = true
  #commits: Promise<unknown> = Promise.resolve()

  constructor(data: MemoryData) {
    this.#data = data
  }

  table(name: string): Table {
    this.#mustBeOpen()
    assert(this.#data.undo === null, 'tables are opened outside bodies')
    let sheet = this.#data.sheets.get(name)
    if (sheet === undefined) {
      sheet = { tree: emptyTree(), usedBytes: 0 }
      this.#data.sheets.set(name, sheet)
    }
    return new MemoryTable(this.#data, sheet, () => this.#mustBeOpen())
  }

  transact<T>(body: () => T): T {
    this.#mustBeOpen()
    assert(this.#data.undo === null, 'bodies are not nested')
    const undo: (() => void)[] = []
    this.#data.undo = undo
    try {
      return body()
    } catch (thrown) {
      for (const takeBack of undo.reverse()) takeBack()
      throw thrown
    } finally {
      this.#data.undo = null
    }
  }

  /** The body never runs on the caller's stack, so that nobody comes to rely on it. */
  commit<T>(body: () => T, { onVisible }: CommitOptions<T> = {}): Promise<T> {
    this.#mustBeOpen()
    const commit = this.#commits.then(() => {
      const result = this.transact(body)
      onVisible?.(result)
      return result
    })
    // The next commit does not care how this one ended; its caller does.
    this.#commits = commit.catch(() => {})
    return commit
  }

  usage(): EngineUsage {
    return { usedBytes: this.#data.usedBytes, bytesMax: Number.MAX_SAFE_INTEGER }
  }

  async copy(directory: string): Promise<void> {
    throw new MillraceError({
      code: 'ENGINE_NOT_KEPT',
      what: `an engine in memory cannot be copied to ${directory}`,
      hint: 'Keep the store in lmdb to take snapshots of it',
    })
  }

  refresh(): void {}

  async close(): Promise<void> {
    await this.#commits
    this.#isOpen = false
  }

  #mustBeOpen(): void {
    assert(this.#isOpen, 'an engine is not used after it was closed')
  }
}

class MemoryTable implements Table {
  readonly #data: MemoryData
  readonly #sheet: Sheet
  readonly #mustBeOpen: () => void

  constructor(data: MemoryData, sheet: Sheet, mustBeOpen: () => void) {
    this.#data = data
    this.#sheet = sheet
    this.#mustBeOpen = mustBeOpen
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#mustBeOpen()
    const value = this.#sheet.tree.get(nameOf(key))
    return value === undefined ? undefined : new Uint8Array(value)
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#mustBeOpen()
    if (key.length < 1 || key.length > KEY_BYTES_MAX) throw keySize(key.length)
    this.#set(nameOf(key), new Uint8Array(value))
  }

  delete(key: Uint8Array): boolean {
    this.#mustBeOpen()
    const name = nameOf(key)
    if (!this.#sheet.tree.has(name)) return false
    this.#set(name, undefined)
    return true
  }

  range(range: Range = {}): Iterable<Entry> {
    this.#mustBeOpen()
    // A clone shares its nodes until somebody writes: the walk sees the state of this call.
    return walk(this.#sheet.tree.clone(), range)
  }

  count(): number {
    this.#mustBeOpen()
    return this.#sheet.tree.size
  }

  bytes(): number {
    this.#mustBeOpen()
    return this.#sheet.usedBytes
  }

  clear(): void {
    this.#mustBeOpen()
    const { tree, usedBytes } = this.#sheet
    this.#data.undo?.push(() => {
      this.#sheet.tree = tree
      this.#use(usedBytes)
    })
    this.#use(-usedBytes)
    this.#sheet.tree = emptyTree()
  }

  #use(bytes: number): void {
    this.#sheet.usedBytes += bytes
    this.#data.usedBytes += bytes
  }

  /** Puts, or deletes when there is no value. */
  #set(name: string, value: Uint8Array | undefined): void {
    const { tree } = this.#sheet
    const before = tree.get(name)
    this.#data.undo?.push(() => this.#replace(name, value, before))
    this.#replace(name, before, value)
  }

  #replace(name: string, before: Uint8Array | undefined, after: Uint8Array | undefined): void {
    if (before !== undefined) this.#use(-(name.length + before.length))
    if (after !== undefined) this.#use(name.length + after.length)
    if (after === undefined) this.#sheet.tree.delete(name)
    else this.#sheet.tree.set(name, after)
  }
}

const emptyTree = (): Tree => new sorted.default<string, Uint8Array>(undefined, compareNames)

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function* walk(tree: Tree, { from, to, reverse, limit }: Range): Generator<Entry> {
  const low = from === undefined ? '' : nameOf(from)
  const high = to === undefined ? undefined : nameOf(to)
  let left = limit ?? Number.POSITIVE_INFINITY
  for (const [name, value] of reverse === true ? downwards(tree, high) : tree.entries(low)) {
    const isPast = reverse === true ? name < low : high !== undefined && name >= high
    if (isPast || left-- <= 0) return
    yield { key: bytesOf(name), value: new Uint8Array(value) }
  }
}

/** Entries below `high`, newest first; all of them without. */
function downwards(tree: Tree, high: string | undefined): Iterable<[string, Uint8Array]> {
  // The last argument skips `high` itself: the bound is exclusive.
  return high === undefined ? tree.entriesReversed() : tree.entriesReversed(high, undefined, true)
}

/** One character per byte. */
const nameOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')

const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'))

const keySize = (size: number): MillraceError =>
  new MillraceError({
    code: 'KEY_SIZE',
    what: `a key of ${size} bytes cannot be stored`,
    hint: `Keys take from 1 to ${KEY_BYTES_MAX} bytes`,
  })
