// Everything one task keeps: its stores and the checkpoint, in one engine. With the log from the checkpoint
// on a store is true at each commit that follows, because the checkpoint is written with the last of the rows:
//
//   stage()         mutations since the last commit, as one batch for the broker commit
//   seal(ref)       stores and checkpoint move to that commit, the checkpoint last
//   sealSome(ref)   the same in parts, with commits in between; the checkpoint moves with the last, to where
//                   the first was. Till then rows may be newer than it, by what the log has behind it
//   apply(batch..)  as `seal` while replaying the log, many commits in one engine transaction
//
// Beside their entries stores keep a few numbers (cells); they travel in the meta of each commit.
//
// Invariants: (1) the engine holds committed state only; (2) the checkpoint never moves backwards;
// (3) nothing is staged between a commit and its seal. A crash at any point leaves a state to which the log
// from its checkpoint on is replayed. (4) What is on disk and what is in memory have each their checkpoint:
// where stores are in both, they are true at a commit only together. (5) No row is of a commit after `reached`.

import type { CommitRef } from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { MillraceError } from '#protocols/core/errors'
import type { Batch, BatchBuilder } from '#protocols/records/batch'
import type { Engine, Table } from '../engine/engine.ts'
import { KeyValueStoreImpl } from '../keyvalue/key-value-store.ts'
import type { Cell, StoreLifecycle, StorePorts, StoreSpec } from '../store.ts'
import {
  type Checkpoint,
  factsOf,
  forgetCheckpoint,
  isSameCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts'
import { type MemoryShare, UNLIMITED } from './memory-budget.ts'
import { elsewhereOf, isLogged, type MemoryRows, memoryRows, tableName } from './memory-rows.ts'
import { type AnyStore, openStore } from './open-store.ts'
import { ChangelogRecorder, replay, storeId } from './recorder.ts'

const FORMAT = utf8('format')
const FORMAT_NOW = '1'
/** Values that wait in memory for a seal, as they are encoded, at most. */
const PENDING_BYTES_MAX = 32 * 1024 * 1024
/**
 * Rows that are sealed in one transaction, at most. LMDB keeps the pages that a transaction changes in a
 * sorted list, where each more page costs in proportion to those that are there, and in memory of its own.
 */
const TRANSACTION_ROWS = 2048

/** One commit of the log, as a restore reads it. */
export interface LoggedCommit {
  readonly ref: CommitRef
  readonly batch: Batch
}

/** As of the newest seal, and what changed since. */
export interface StoreUsage {
  /** Rows in the engine; one entry may take several. */
  readonly rows: number
  /** What they take, about. */
  readonly bytes: number
  /** Changes that wait in memory for the next seal. */
  readonly pending: number
}

/** Where the stores of a task are kept: persistent ones in `disk`, the others in `memory`. */
export interface TaskEngines {
  readonly disk: Engine
  readonly memory: Engine
  /** Of what the stores may take of memory; default: as much as each may at most. */
  readonly share?: MemoryShare | undefined
}

/** What the stores are true at, with the log behind it. */
interface Standing {
  readonly ref: CommitRef | null
  /** The newest commit that a row may be of. */
  readonly reached: CommitRef | null
  /** Bytes of changes from the beginning of the log to `ref`, about. */
  readonly logged: number
}

/** A seal in parts. */
interface SealInParts {
  /** The commit it began after. */
  readonly ref: CommitRef
  /** Bytes of changes that it brings to the engine. */
  readonly bytes: number
  /** Those that may still have rows of it. */
  readonly stores: readonly StoreLifecycle[]
}

export class TaskState {
  readonly #specs: readonly StoreSpec[]
  readonly #engines: TaskEngines
  readonly #facts: { readonly disk: Table; readonly memory: Table }
  /** Names of those whose rows the disk does not have. */
  readonly #elsewhere: readonly string[]
  readonly #stores = new Map<string, AnyStore>()
  readonly #tables = new Map<string, Table>()
  readonly #cells = new Map<string, Cell>()
  readonly #byId = new Map<number, StoreLifecycle>()
  readonly #mortal: KeyValueStoreImpl<unknown, unknown>[] = []
  readonly #recorder = new ChangelogRecorder()
  #standing: Standing
  #sealing: SealInParts | null = null
  /** Bytes of changes that were staged since the last seal. */
  #unsealed = 0

  /** @throws MillraceError STORE_FORMAT when the directory was written by another format */
  constructor(specs: readonly StoreSpec[], engines: TaskEngines) {
    this.#specs = specs
    this.#engines = engines
    this.#facts = { disk: factsOf(engines.disk), memory: factsOf(engines.memory) }
    this.#elsewhere = elsewhereOf(specs)
    this.#checkFormat()
    for (const spec of specs) this.#open(spec)
    const stored = readCheckpoint(this.#facts.disk)
    const known = stored !== null && this.#isWhole(stored) ? stored : null
    this.#standing = known ?? { ref: null, reached: null, logged: 0 }
    if (known === null) this.#forget()
  }

  /** The commit from which on the log makes the stores true; null when they are empty or partly forgotten. */
  get checkpoint(): CommitRef | null {
    return this.#standing.ref
  }

  /** The newest commit that a row may be of: a log without it is not the one of these stores. */
  get reached(): CommitRef | null {
    return this.#standing.reached ?? this.#standing.ref
  }

  /** A seal in parts is under way. */
  get isSealing(): boolean {
    return this.#sealing !== null
  }

  /** Bytes of changes from the beginning of the log to the checkpoint, about. */
  get logged(): number {
    return this.#standing.logged
  }

  /** Kind and name of each store that the log has, after the format of what keeps them. */
  get shape(): readonly string[] {
    const words = this.#specs.filter(isLogged).map(({ kind, name }) => `${kind} ${name}`)
    return [`lmdb ${FORMAT_NOW}`, ...words]
  }

  /** Whether there is anything that the log has, so that a snapshot can stand for the log. */
  get isLogged(): boolean {
    return this.#specs.some(isLogged)
  }

  /** What its rows take, on disk and in memory, bytes, about. */
  get usedBytes(): number {
    const { disk, memory } = this.#engines
    return disk.usage().usedBytes + memory.usage().usedBytes
  }

  /** Rows of its stores in memory, as of the checkpoint. Cheap. Requires: it was just sealed, or applied to. */
  memoryRows(): MemoryRows {
    return memoryRows(this.#specs, this.#engines.memory)
  }

  /** For copying it. */
  get disk(): Engine {
    return this.#engines.disk
  }

  /** Mutations held in memory. */
  get pending(): number {
    let pending = 0
    for (const store of this.#stores.values()) pending += store.pending
    return pending
  }

  /** Whether they take so much memory that it is time to seal them. */
  get isFull(): boolean {
    let bytes = 0
    for (const store of this.#stores.values()) bytes += store.pendingBytes
    if (bytes >= PENDING_BYTES_MAX) return true
    return this.#share.isFull(this.pending, bytes)
  }

  /**
   * Numbers that stores keep beside their entries, such as their observed time. Part of every commit:
   * what `resume` is given is what this was at the commit the stores are true at.
   */
  get cells(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#cells].map(([name, { value }]) => [name, value]))
  }

  /** Requires: stores restored and not yet used. Cells nobody has any more are forgotten. */
  resume(cells: Readonly<Record<string, number>>): void {
    for (const [name, cell] of this.#cells) cell.value = cells[name] ?? cell.value
  }

  store(name: string): AnyStore {
    const store = this.#stores.get(name)
    assert(store !== undefined, () => `store '${name}' is part of the plan`)
    return store
  }

  get names(): readonly string[] {
    return [...this.#stores.keys()]
  }

  /** What a store has in its engine, and what waits in memory. Cheap. */
  usage(name: string): StoreUsage {
    const table = this.#tables.get(name)
    assert(table !== undefined, () => `store '${name}' is part of the plan`)
    return { rows: table.count(), bytes: table.bytes(), pending: this.store(name).pending }
  }

  /** Tells stores with a time to live how far stream time is; null when there are none. */
  get observer(): ((streamTime: number) => void) | null {
    if (this.#mortal.length === 0) return null
    return (streamTime) => {
      for (const store of this.#mortal) store.observe(streamTime)
    }
  }

  /** Deletes some of the entries that outlived their time to live by then; the changelog is told. */
  expire(streamTime: number): void {
    for (const store of this.#mortal) store.expire(streamTime)
  }

  /** Everything that changed since the last stage, to be finished by the broker; null when nothing did. */
  stage(): BatchBuilder | null {
    for (const store of this.#stores.values()) store.stage(this.#recorder)
    const changes = this.#recorder.take()
    this.#unsealed += changes?.byteLength ?? 0
    return changes
  }

  /** Requires: every mutation staged and the commit `ref` stored by the broker. */
  seal(ref: CommitRef): void {
    if (this.isSealing) this.sealSome(ref, Number.POSITIVE_INFINITY)
    this.sealSome(ref, Number.POSITIVE_INFINITY)
  }

  /**
   * Goes on with the seal under way, or begins one: at most so many rows. True when it is over, and the
   * checkpoint where it began. Requires: as `seal`.
   */
  sealSome(ref: CommitRef, rowsMax: number): boolean {
    const max = Math.min(TRANSACTION_ROWS, this.#share.transactionRows)
    for (let left = rowsMax; left > 0; left -= max) {
      if (this.#sealRows(ref, Math.min(left, max))) return true
    }
    return false
  }

  #sealRows(ref: CommitRef, rowsMax: number): boolean {
    const begun = this.#sealing ?? {
      ref,
      bytes: this.#unsealed,
      stores: [...this.#stores.values()],
    }
    let stores = begun.stores
    this.#transact(() => {
      stores = sealRows(begun.stores, rowsMax)
      const { ref: before, logged } = this.#standing
      if (stores.length > 0) return { ref: before, reached: ref, logged }
      return { ref: begun.ref, reached: ref, logged: logged + begun.bytes }
    })
    this.#sealing = stores.length > 0 ? { ...begun, stores } : null
    if (this.#sealing !== null) return false
    this.#unsealed -= begun.bytes
    return true
  }

  /** Replays commits in order, in one engine transaction. Returns how many changes had no store. */
  apply(commits: readonly LoggedCommit[]): number {
    const last = commits.at(-1)
    if (last === undefined) return 0
    let strangers = 0
    const bytes = commits.reduce((sum, { batch }) => sum + batch.records.length, 0)
    this.#transact(() => {
      for (const { batch } of commits) strangers += replay(batch, this.#byId)
      const { reached, logged } = this.#standing
      const isPast = reached === null || reached.next <= last.ref.next
      return { ref: last.ref, reached: isPast ? null : reached, logged: logged + bytes }
    })
    return strangers
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.disk.close(), this.#engines.memory.close()])
  }

  /** @param body answers what the stores are true at with what it wrote */
  #transact(body: () => Standing): void {
    const { disk, memory } = this.#engines
    const written = (): Standing => {
      const standing = body()
      const { ref, ...beside } = standing
      const before = this.#standing.ref
      assert((ref?.next ?? 0) >= (before?.next ?? 0), 'a checkpoint never moves backwards')
      if (ref === null) return standing
      const checkpoint = { ref, ...beside, elsewhere: this.#elsewhere }
      writeCheckpoint(this.#facts.memory, checkpoint)
      writeCheckpoint(this.#facts.disk, checkpoint)
      return standing
    }
    this.#standing = memory.transact(() => disk.transact(written))
  }

  #open(spec: StoreSpec): void {
    const engine = spec.medium === 'memory' ? this.#engines.memory : this.#engines.disk
    const table = engine.table(tableName(spec.name))
    // What the log does not know cannot be true at a checkpoint: it starts empty.
    if (!isLogged(spec) && table.count() > 0) engine.transact(() => table.clear())
    const store = openStore(spec, this.#ports(spec, table))
    const id = storeId(spec.name)
    assert(!this.#byId.has(id), () => `store ids differ; rename '${spec.name}'`)
    this.#stores.set(spec.name, store)
    this.#tables.set(spec.name, table)
    this.#byId.set(id, store)
    if (store instanceof KeyValueStoreImpl && store.isMortal) this.#mortal.push(store)
  }

  get #share(): MemoryShare {
    return this.#engines.share ?? UNLIMITED
  }

  #ports({ name: store, logged }: StoreSpec, table: Table): StorePorts {
    return {
      table,
      cacheBytes: () => this.#share.cacheBytes / this.#specs.length,
      cell: (name) => {
        const cell: Cell = { value: -1 }
        // A store that starts empty starts its numbers anew.
        if (logged !== false) this.#cells.set(`${store}.${name}`, cell)
        return cell
      },
    }
  }

  /** Whether all that the log has is here: stores in memory die with their process, those on disk do not. */
  #isWhole({ elsewhere }: Checkpoint): boolean {
    const { disk, memory } = this.#facts
    if (!this.#elsewhere.every((name) => elsewhere?.includes(name))) return false
    if (this.#elsewhere.length > 0 && !isSameCheckpoint(disk, memory)) return false
    const isLost = ({ name, medium }: StoreSpec): boolean =>
      medium !== 'memory' && elsewhere?.includes(name) === true
    return !this.#specs.some(isLost)
  }

  /** A full replay begins with nothing: of a row that was deleted since, the log may no longer tell. */
  #forget(): void {
    const kept = this.#specs.filter(({ medium }) => medium !== 'memory')
    const tables = kept.map(({ name }) => this.#tables.get(name))
    const facts = this.#facts.disk
    if (readCheckpoint(facts) === null && tables.every((table) => table?.count() === 0)) return
    this.#engines.disk.transact(() => {
      for (const table of tables) table?.clear()
      forgetCheckpoint(facts)
    })
  }

  #checkFormat(): void {
    const { disk: facts } = this.#facts
    const format = facts.get(FORMAT)
    if (format === undefined) {
      this.#engines.disk.transact(() => facts.put(FORMAT, utf8(FORMAT_NOW)))
    } else if (fromUtf8(format) !== FORMAT_NOW) throw formatUnknown(fromUtf8(format))
  }
}

const formatUnknown = (found: string): MillraceError =>
  new MillraceError({
    code: 'STORE_FORMAT',
    what: `the state directory has format ${found}; this version reads format ${FORMAT_NOW}`,
    hint: 'Start the version that wrote it, or point the host at an empty state directory',
  })

/** Seals at most so many rows of stores, one after the other; answers those that may have more of this seal. */
function sealRows(stores: readonly StoreLifecycle[], max: number): StoreLifecycle[] {
  const rest = [...stores]
  for (let left = max; left > 0; ) {
    const [store] = rest
    if (store === undefined) break
    const before = store.pending
    if (store.seal(left)) rest.shift()
    left -= before - store.pending
  }
  return rest
}
