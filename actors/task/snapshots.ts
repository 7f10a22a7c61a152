// Snapshots of a task's stores: taken beside the work when the log has grown enough since the last one,
// and put in place before stores are opened that are true at no commit. Owners and standbys do both.
//
// Invariants: (1) nothing here is on the record path: a look after a seal compares two numbers; (2) what
// is stored says itself which commit it is true at: it was sealed with its stores, and rows in memory are
// those of that commit; (3) after `close` nothing of the state is used; (4) a snapshot that cannot be taken
// costs a log that is longer.

import type { Snapshot, SnapshotBytes, Snapshots, TaskName } from '#protocols/broker/broker'
import { taskId } from '#protocols/broker/broker'
import { asError, isMillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import {
  completeCopy,
  type MemoryRows,
  recallRows,
  type WholeCopy,
} from '#stores/changelog/memory-rows'
import { type TaskEngines, TaskState } from '#stores/changelog/task-state'
import type { Engine } from '#stores/engine/engine'
import type { StoreSpec } from '#stores/store'

/** Engines of one task as bytes. */
export interface EngineFiles {
  /** A copy of an open engine, as of one of its transactions. */
  copy(disk: Engine): Promise<EngineCopy>
  /** Puts bytes where the engine will be opened, whole or not at all. Requires: it is not open. */
  install(bytes: SnapshotBytes): Promise<void>
}

export interface EngineCopy {
  open(): Engine
  /** Requires: closed. */
  bytes(): SnapshotBytes
  remove(): Promise<void>
}

export interface SnapshotPorts {
  readonly snapshots: Snapshots
  readonly files: EngineFiles
  readonly log: Logger
  /** Take one when the log has so many bytes of changes more than the newest. */
  readonly bytesMin: number
}

export interface StatePorts {
  engines(): Promise<TaskEngines>
  /** Null where none can be taken, or stored. */
  readonly snapshots: SnapshotPorts | null
}

export interface OpenedState {
  readonly state: TaskState
  /** It is as of a snapshot that was installed for it. */
  readonly fromSnapshot: boolean
}

/** Of the bytes that stores take: changes that the log has more than the newest snapshot. */
const RATIO_MIN = 0.5

/**
 * A task's stores, as of their last life here; where there was none, as of a snapshot.
 * @throws MillraceError STORE_FORMAT, and what engines and brokers throw
 */
export async function openState(
  task: TaskName,
  stores: readonly StoreSpec[],
  ports: StatePorts,
): Promise<OpenedState> {
  const state = await stateOf(stores, await ports.engines())
  const asLeft = { state, fromSnapshot: false }
  if (ports.snapshots === null || state.checkpoint !== null || !state.isLogged) return asLeft
  let usable: readonly Snapshot[]
  try {
    const all = await snapshotsOf(task, ports.snapshots)
    usable = all.filter(({ shape }) => fits(shape, state.shape))
  } catch (error) {
    await state.close()
    throw error
  }
  if (usable.length === 0) return asLeft
  await state.close()
  let fromSnapshot = false
  for (const snapshot of usable) {
    fromSnapshot = await install(task, snapshot, ports.snapshots)
    if (fromSnapshot) break
  }
  return { state: await stateOf(stores, await ports.engines()), fromSnapshot }
}

async function stateOf(stores: readonly StoreSpec[], engines: TaskEngines): Promise<TaskState> {
  try {
    await recallRows(stores, engines)
    return new TaskState(stores, engines)
  } catch (error) {
    await Promise.all([engines.disk.close(), engines.memory.close()])
    throw error
  }
}

async function snapshotsOf(
  task: TaskName,
  { snapshots }: SnapshotPorts,
): Promise<readonly Snapshot[]> {
  try {
    return await snapshots.list(task)
  } catch (error) {
    // It was never claimed.
    if (isMillraceError(error, 'TOPIC_UNKNOWN')) return []
    throw error
  }
}

/** Whether it was; what cannot be trusted is told and passed over. */
async function install(
  task: TaskName,
  snapshot: Snapshot,
  { snapshots, files, log }: SnapshotPorts,
): Promise<boolean> {
  const id = taskId(task)
  try {
    await files.install(snapshots.read(task, snapshot))
    const { bytes, covers } = snapshot
    const line = `${id} starts from a snapshot of ${bytes} bytes, at commit ${covers.number}`
    log.log('info', 'SNAPSHOT_INSTALLED', line, { bytes, number: covers.number })
    return true
  } catch (thrown) {
    if (!isMillraceError(thrown, 'SNAPSHOT_DAMAGED') && !isMillraceError(thrown, 'LOG_DAMAGED')) {
      throw thrown
    }
    log.log('error', 'SNAPSHOT_DAMAGED', `${id}: ${thrown.message}`, { error: thrown })
    return false
  }
}

/** Stores that are new are empty in it, as they are on the log; none may be of another kind. */
function fits(found: readonly string[], wanted: readonly string[]): boolean {
  if (found[0] !== wanted[0]) return false
  const kinds = new Map(found.map((word) => [nameIn(word), word]))
  return wanted.every((word) => (kinds.get(nameIn(word)) ?? word) === word)
}

const nameIn = (word: string): string => word.slice(word.indexOf(' ') + 1)

/** Ends the storing of a snapshot whose task closes. */
class Stopped extends Error {}

/** Takes snapshots of one state, in the background. */
export class SnapshotTaker {
  readonly #task: TaskName
  readonly #stores: readonly StoreSpec[]
  readonly #ports: SnapshotPorts
  readonly #patience: number
  /** What the newest snapshot has of the log, as far as is known here. */
  #covered = 0
  /** Offset after the commit of the newest snapshot that was seen; before the first look all count as seen. */
  #seen = Number.POSITIVE_INFINITY
  /** Bytes that the log has beside changes since then. */
  #beside = 0
  /** While the engine is copied: rows in memory, as of each commit that the copy may be of. */
  #rowsAt: Map<number, MemoryRows> | null = null
  #isBusy = false
  /** Settled when the engine has been copied. */
  #copying: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** @param patience how many times as much as is needed to wait for, so that another one is first */
  constructor(
    task: TaskName,
    stores: readonly StoreSpec[],
    ports: SnapshotPorts,
    patience: number,
  ) {
    this.#task = task
    this.#stores = stores
    this.#ports = ports
    this.#patience = patience
  }

  /** Counts what a commit had beside changes: outputs, which stay on the log as long as it does. */
  count(bytes: number): void {
    this.#beside += bytes
  }

  /** Begins one when it is time. To be called whenever the state was just sealed, or applied to. */
  look(state: TaskState): void {
    this.#note(state)
    if (this.#isClosed || this.#isBusy || !this.#isDue(state)) return
    this.#isBusy = true
    void this.#take(state).finally(() => {
      this.#isBusy = false
    })
  }

  /** Resolves when the state is not used any more; what is being stored ends by itself. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#copying
  }

  #isDue(state: TaskState): boolean {
    const { bytesMin } = this.#ports
    const bytes = (state.logged - this.#covered + this.#beside) / this.#patience
    if (bytesMin === 0 || bytes < bytesMin || !state.isLogged) return false
    return bytes >= state.usedBytes * RATIO_MIN
  }

  #note(state: TaskState): void {
    const { checkpoint } = state
    if (checkpoint !== null) this.#rowsAt?.set(checkpoint.next, state.memoryRows())
  }

  #saw(newest: Snapshot | undefined): void {
    const { next } = newest?.covers ?? { next: 0 }
    if (next > this.#seen) this.#beside = 0
    this.#seen = next
  }

  /** Never rejects. */
  async #take(state: TaskState): Promise<void> {
    const { snapshots, log } = this.#ports
    const { logged } = state
    try {
      const [newest] = await snapshots.list(this.#task)
      this.#saw(newest)
      // One of a log whose bytes were counted otherwise says nothing about this one.
      this.#covered = Math.min(newest?.logged ?? 0, logged)
      if (!this.#isClosed && this.#isDue(state)) await this.#store(state)
    } catch (thrown) {
      if (this.#isClosed) return
      this.#covered = logged
      this.#beside = 0
      const error = asError(thrown)
      log.log('warn', 'SNAPSHOT_FAILED', `${taskId(this.#task)}: ${error.message}`, { error })
    }
  }

  async #store(state: TaskState): Promise<void> {
    const { snapshots, files, log } = this.#ports
    const { shape } = state
    const rowsAt = new Map<number, MemoryRows>()
    this.#rowsAt = rowsAt
    this.#note(state)
    const copying = files.copy(state.disk)
    this.#copying = copying.catch(() => {})
    const copy = await copying.finally(() => {
      this.#rowsAt = null
    })
    try {
      const whole = await this.#whole(copy, rowsAt)
      const facts = whole === null ? null : { ...whole, shape }
      if (facts === null || this.#isClosed) return
      const stored = await snapshots.put(this.#task, facts, this.#whileOpen(copy.bytes()))
      this.#covered = facts.logged
      if (stored === null) return
      this.#saw(stored)
      const { bytes, covers } = stored
      const line = `${taskId(this.#task)} has a snapshot of ${bytes} bytes, at commit ${covers.number}`
      log.log('info', 'SNAPSHOT_STORED', line, { bytes, number: covers.number })
    } finally {
      await copy.remove()
    }
  }

  async #whole(
    copy: EngineCopy,
    rowsAt: ReadonlyMap<number, MemoryRows>,
  ): Promise<WholeCopy | null> {
    const engine = copy.open()
    try {
      return await completeCopy(engine, this.#stores, rowsAt)
    } finally {
      await engine.close()
    }
  }

  #whileOpen(bytes: SnapshotBytes): SnapshotBytes {
    return { file: bytes.file, [Symbol.asyncIterator]: () => this.#piecesWhileOpen(bytes) }
  }

  async *#piecesWhileOpen(bytes: SnapshotBytes): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      if (this.#isClosed) throw new Stopped()
      yield piece
    }
  }
}
