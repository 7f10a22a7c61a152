// Everything one task keeps: its stores and the checkpoint, in one engine. A store is always true at
// exactly one commit of the task's log, because both are written in one engine transaction:
//
//   stage()         mutations since the last commit, as one batch for the broker commit
//   seal(ref)       stores and checkpoint move to that commit together
//   apply(batch..)  the same while replaying the log, many commits per engine transaction
//
// Beside their entries stores keep a few numbers (cells); they travel in the meta of each commit.
//
// Invariants: (1) the engine holds committed state only; (2) the checkpoint never moves backwards;
// (3) nothing is staged between a commit and its seal. A crash at any point leaves a state that is
// true at its checkpoint; the rest is replayed from the log.

import type { CommitRef } from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import { epoch, offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { MillraceError } from '#protocols/core/errors'
import type { Batch, BatchBuilder } from '#protocols/records/batch'
import type { Engine, Table } from '../engine/engine.ts'
import { KeyValueStoreImpl } from '../keyvalue/key-value-store.ts'
import type { Cell, StoreLifecycle, StorePorts, StoreSpec } from '../store.ts'
import { type AnyStore, openStore } from './open-store.ts'
import { ChangelogRecorder, replay, storeId } from './recorder.ts'

const CHECKPOINT = utf8('checkpoint')
const FORMAT = utf8('format')
const FORMAT_NOW = '1'

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
}

export class TaskState {
  readonly #engines: TaskEngines
  readonly #facts: Table
  readonly #stores = new Map<string, AnyStore>()
  readonly #tables = new Map<string, Table>()
  readonly #cells = new Map<string, Cell>()
  readonly #byId = new Map<number, StoreLifecycle>()
  readonly #mortal: KeyValueStoreImpl<unknown, unknown>[] = []
  readonly #recorder = new ChangelogRecorder()
  readonly #shape: string[] = []
  #checkpoint: CommitRef | null
  #logged = 0
  /** Bytes of changes that were staged since the last seal. */
  #unsealed = 0

  /** @throws MillraceError STORE_FORMAT when the directory was written by another format */
  constructor(specs: readonly StoreSpec[], engines: TaskEngines) {
    this.#engines = engines
    this.#facts = engines.disk.table('millrace.facts')
    this.#checkpoint = this.#readCheckpoint()
    for (const spec of specs) this.#open(spec)
    // What lives in memory died with its process: only a full replay makes it whole.
    if (specs.some((spec) => spec.medium === 'memory' && spec.logged !== false)) {
      this.#checkpoint = null
      this.#logged = 0
    }
  }

  /** The commit the stores are true at; null when they are empty or partly forgotten. */
  get checkpoint(): CommitRef | null {
    return this.#checkpoint
  }

  /** Bytes of changes from the beginning of the log to the checkpoint, about. */
  get logged(): number {
    return this.#logged
  }

  /** Kind and name of each store that the log and the disk have, after the format of what keeps them. */
  get shape(): readonly string[] {
    return [`lmdb ${FORMAT_NOW}`, ...this.#shape]
  }

  /** Whether the disk has all that the log has, so that a copy of it can stand for the log. */
  get isOnDisk(): boolean {
    const logged = [...this.#stores.values()].filter(({ spec }) => spec.logged !== false)
    return logged.length > 0 && logged.length === this.#shape.length
  }

  /** For copying and measuring it. */
  get disk(): Engine {
    return this.#engines.disk
  }

  /** Mutations held in memory. */
  get pending(): number {
    let pending = 0
    for (const store of this.#stores.values()) pending += store.pending
    return pending
  }

  /** Their values as they were staged, bytes. */
  get pendingBytes(): number {
    let bytes = 0
    for (const store of this.#stores.values()) bytes += store.pendingBytes
    return bytes
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
    this.#transact({ ref, logged: this.#unsealed }, () => {
      for (const store of this.#stores.values()) store.seal()
    })
    this.#unsealed = 0
  }

  /** Replays commits in order, in one engine transaction. Returns how many changes had no store. */
  apply(commits: readonly LoggedCommit[]): number {
    const last = commits.at(-1)
    if (last === undefined) return 0
    let strangers = 0
    const logged = commits.reduce((sum, { batch }) => sum + batch.records.length, 0)
    this.#transact({ ref: last.ref, logged }, () => {
      for (const { batch } of commits) strangers += replay(batch, this.#byId)
    })
    return strangers
  }

  async close(): Promise<void> {
    await Promise.all([this.#engines.disk.close(), this.#engines.memory.close()])
  }

  /** @param step the commit to be true at, and the bytes of changes that lead there */
  #transact({ ref, logged }: { ref: CommitRef; logged: number }, body: () => void): void {
    const before = this.#checkpoint
    assert(before === null || ref.next >= before.next, 'a checkpoint never moves backwards')
    const { disk, memory } = this.#engines
    const all = this.#logged + logged
    memory.transact(() => {
      disk.transact(() => {
        body()
        this.#facts.put(CHECKPOINT, utf8(JSON.stringify({ ...ref, logged: all })))
      })
    })
    this.#checkpoint = ref
    this.#logged = all
  }

  #open(spec: StoreSpec): void {
    const engine = spec.medium === 'memory' ? this.#engines.memory : this.#engines.disk
    const table = engine.table(`store.${spec.name}`)
    // What the log does not know cannot be true at a checkpoint: it starts empty.
    if (spec.logged === false && table.count() > 0) engine.transact(() => table.clear())
    const store = openStore(spec, this.#ports(spec, table))
    const id = storeId(spec.name)
    assert(!this.#byId.has(id), () => `store ids differ; rename '${spec.name}'`)
    this.#stores.set(spec.name, store)
    this.#tables.set(spec.name, table)
    this.#byId.set(id, store)
    if (spec.logged !== false && spec.medium !== 'memory')
      this.#shape.push(`${spec.kind} ${spec.name}`)
    if (store instanceof KeyValueStoreImpl && store.isMortal) this.#mortal.push(store)
  }

  #ports({ name: store, logged }: StoreSpec, table: Table): StorePorts {
    return {
      table,
      cell: (name) => {
        const cell: Cell = { value: -1 }
        // A store that starts empty starts its numbers anew.
        if (logged !== false) this.#cells.set(`${store}.${name}`, cell)
        return cell
      },
    }
  }

  #readCheckpoint(): CommitRef | null {
    const { disk } = this.#engines
    const format = this.#facts.get(FORMAT)
    if (format === undefined) {
      disk.transact(() => this.#facts.put(FORMAT, utf8(FORMAT_NOW)))
      return null
    }
    if (fromUtf8(format) !== FORMAT_NOW) throw formatUnknown(fromUtf8(format))
    const stored = this.#facts.get(CHECKPOINT)
    if (stored === undefined) return null
    // Written by `#transact` above, in this format.
    const { logged, ...ref } = JSON.parse(fromUtf8(stored)) as CommitRef & { logged?: number }
    // Those of before histories were kept are of logs that have none; bytes were not always counted.
    const { history = '' } = ref as Partial<CommitRef>
    this.#logged = logged ?? 0
    return { ...ref, next: offset(ref.next), epoch: epoch(ref.epoch), history }
  }
}

const formatUnknown = (found: string): MillraceError =>
  new MillraceError({
    code: 'STORE_FORMAT',
    what: `the state directory has format ${found}; this version reads format ${FORMAT_NOW}`,
    hint: 'Start the version that wrote it, or point the host at an empty state directory',
  })
