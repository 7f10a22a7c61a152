// The engine port: ordered bytes under transactions. Two implementations pass one contract
// (spec/contracts/engine.ts): LMDB, shared by processes and surviving them, and memory, which dies
// with its owner. The log, the coordination map and every state store stand on this and nothing else.
//
// What any engine promises:
//   1. `transact` and `commit` bodies are atomic: all their writes, or none when they throw.
//   2. A body sees what was written before it and its own writes; bodies never interleave, across
//      threads and processes.
//   3. Reads outside a body see one consistent state per call, never a body's half.
//   4. Keys are ordered by unsigned bytes. Keys are at least 1 and at most 1,900 bytes.

export interface Engine {
  /** Opens a named table, creating it when missing. Must not be called inside a body. */
  table(name: string): Table
  /** Runs `body` in one transaction, now, on this stack. Throws what the body throws, written nothing. */
  transact<T>(body: () => T): T
  /**
   * Runs `body` in a transaction of its own that may share a disk flush with others waiting.
   * Resolves when the writes are visible to every process and, with durability `fsync`, on disk.
   */
  commit<T>(body: () => T, options?: CommitOptions<T>): Promise<T>
  /** Bytes in use and the most there may be. */
  usage(): EngineUsage
  /** A consistent copy of everything into an empty directory, while others read and write. */
  copy(directory: string): Promise<void>
  /** Forgets this thread's view so that the next read sees what other processes wrote. Cheap. */
  refresh(): void
  close(): Promise<void>
}

export interface CommitOptions<T = unknown> {
  /**
   * The body frees more than it takes, or what it takes is bounded whoever asks: it may run where the limit
   * of `bytesMax` refuses others.
   */
  readonly passesLimit?: boolean | undefined
  /** Resolve when the writes are visible, whatever the durability: for what a crash may forget. */
  readonly isTransient?: boolean | undefined
  /**
   * Called with the body's result when the writes are visible to every process, before the promise
   * resolves, and before they are on disk. Must not throw.
   */
  readonly onVisible?: ((result: T) => void) | undefined
}

export interface EngineUsage {
  readonly usedBytes: number
  readonly bytesMax: number
}

export interface Table {
  /** The value, as the caller's own copy. */
  get(key: Uint8Array): Uint8Array | undefined
  put(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): boolean
  /** Entries in key order; see Range. Close early by leaving the loop. Not to be mixed with writes to the same table. */
  range(range?: Range): Iterable<Entry>
  count(): number
  /** What its entries take, about. */
  bytes(): number
  clear(): void
}

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** `from` inclusive, `to` exclusive, in key order whichever way it is walked. */
export interface Range {
  readonly from?: Uint8Array | undefined
  readonly to?: Uint8Array | undefined
  readonly reverse?: boolean | undefined
  readonly limit?: number | undefined
}
