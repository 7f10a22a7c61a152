// The work of a standby, without its life: a task's stores, opened where the task itself would open
// them on this host, and kept true to its commit log. Which of these may happen when is the chart's
// business (machine.ts).
//
//   open    the stores and their checkpoint; a reader of the log behind it
//   step    one slice of the log into the stores, checkpoint and all, synchronous
//   read    the stores as they are now
//
// Invariants: (1) it only reads the log: nothing here can claim or commit; (2) stores are applied to
// through one state and read through another, which is thrown away with the next step, so that what a
// reader left in a cache is never older than the table; (3) `close` may come at any time: it waits for
// what is under way.

import type { Broker, Reader, TaskName } from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import { offset } from '#protocols/core/brands'
import type { CommitHeader } from '#protocols/messages/commit-header'
import { type TaskEngines, TaskState } from '#stores/changelog/task-state'
import type { StoreSpec } from '#stores/store'
import { inputPositions, type Whereabouts } from '../query/bound.ts'
import { applyNext, lastHeader, storeAhead } from '../task/replay.ts'
import { openState, type SnapshotPorts, SnapshotTaker } from '../task/snapshots.ts'
import { decodeMemory } from '../task/task-memory.ts'
import type { CopyFacts } from './messages.ts'

/** Some milliseconds of work: tasks of the same thread wait for it, where a restore has nobody waiting. */
const SLICE_BYTES = 128 * 1024

/** What the actor needs of a copy. One copy is one try: after `close` nothing of it is used again. */
export interface Copy {
  /** @throws MillraceError STORE_UNTRUSTED when the stores are ahead of the log; TOPIC_UNKNOWN */
  open(onData: () => void): Promise<void>
  /**
   * Applies what is at hand.
   * @throws MillraceError STORE_UNTRUSTED when the log no longer reaches back to the stores
   */
  step(): 'drained' | 'more'
  /** The stores, to be read and not changed; good until the next step. */
  read(): TaskState
  facts(): CopyFacts
  /** The commits it has, and what of its inputs the task had taken in at the newest of them. */
  whereabouts(): Whereabouts
  /** Calling it again does nothing. */
  close(): Promise<void>
}

export interface CopyPorts {
  readonly broker: Broker
  engines(): Promise<TaskEngines>
  /** Default: none are taken, and none is started from. */
  readonly snapshots?: SnapshotPorts | null | undefined
}

export class TaskCopy implements Copy {
  readonly #task: TaskName
  readonly #stores: readonly StoreSpec[]
  readonly #ports: CopyPorts
  readonly #snapshots: SnapshotTaker | null
  #engines: TaskEngines | null = null
  #state: TaskState | null = null
  #reader: Reader | null = null
  #from = 0
  /** Of the commit that the stores are true at. */
  #header: CommitHeader | null = null
  #view: TaskState | null = null
  /** What is under way; never rejects. */
  #flight: Promise<void> = Promise.resolve()
  #closed: Promise<void> | null = null

  constructor(task: TaskName, stores: readonly StoreSpec[], ports: CopyPorts) {
    this.#task = task
    this.#stores = stores
    this.#ports = ports
    const { snapshots = null } = ports
    this.#snapshots = snapshots === null ? null : new SnapshotTaker(task, stores, snapshots, 1)
  }

  open(onData: () => void): Promise<void> {
    assert(this.#closed === null, 'a closed copy begins nothing')
    const flight = this.#open(onData)
    this.#flight = flight.catch(() => {})
    return flight
  }

  step(): 'drained' | 'more' {
    const { state, reader } = this.#opened()
    this.#view = null
    const header = applyNext(state, reader, SLICE_BYTES)
    if (header === null) return 'drained'
    this.#header = header
    this.#snapshots?.look(state)
    return 'more'
  }

  read(): TaskState {
    this.#opened()
    if (this.#view === null) {
      assert(this.#engines !== null, 'an open copy has engines')
      this.#view = new TaskState(this.#stores, this.#engines)
      const memory = this.#header === null ? undefined : decodeMemory(this.#header.meta)
      this.#view.resume(memory?.stores ?? {})
    }
    return this.#view
  }

  facts(): CopyFacts {
    const { reader } = this.#opened()
    const { position } = reader
    return { position, lag: reader.behind(position), from: this.#from }
  }

  whereabouts(): Whereabouts {
    const positions = inputPositions(this.#header?.positions ?? [])
    return { log: this.#opened().reader.position, positions }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #open(onData: () => void): Promise<void> {
    const { snapshots = null } = this.#ports
    const engines = async (): Promise<TaskEngines> => {
      this.#engines = await this.#ports.engines()
      return this.#engines
    }
    const { state } = await openState(this.#task, this.#stores, { engines, snapshots })
    this.#state = state
    const { checkpoint, reached } = this.#state
    const reader = this.#ports.broker.commits(this.#task, checkpoint?.next ?? 'earliest', onData)
    this.#reader = reader
    this.#from = reader.position
    if (checkpoint === null || reached === null) return
    if (reached.next > reader.end()) throw storeAhead()
    // At the end of the log no later commit can tell whether it is the log of these stores.
    if (checkpoint.next === reader.end()) this.#header = this.#last(checkpoint.next)
    const { number, tag } = this.#header ?? checkpoint
    if (number !== checkpoint.number || tag !== checkpoint.tag) throw storeAhead()
  }

  /** The header of the commit that ends there; null where compaction left a gap. */
  #last(next: number): CommitHeader | null {
    if (next === 0) return null
    const reader = this.#ports.broker.commits(this.#task, offset(next - 1), () => {})
    try {
      return lastHeader(reader)
    } finally {
      reader.close()
    }
  }

  async #close(): Promise<void> {
    await this.#flight
    await this.#snapshots?.close()
    this.#reader?.close()
    this.#reader = this.#state = this.#view = null
    const engines = this.#engines
    this.#engines = null
    await Promise.all([engines?.disk.close(), engines?.memory.close()])
  }

  #opened(): { state: TaskState; reader: Reader } {
    assert(this.#state !== null && this.#reader !== null, 'the copy was opened')
    return { state: this.#state, reader: this.#reader }
  }
}
