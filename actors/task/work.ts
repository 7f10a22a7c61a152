// The work of a task, without its life: opening state, claiming, restoring, processing, committing,
// closing. Which of these may happen when is the chart's business (machine.ts); the actor (task.ts)
// joins the two.
//
//   open     state and checkpoint from disk
//   claim    fences every earlier owner; brings positions and stream time of the last commit
//   restore  replays the commit log from the checkpoint to the claim
//   work     one synchronous slice: records in, changes and outputs waiting in memory
//   commit   outputs, changes and positions in one step; then, when due, the seal
//
// Invariants: (1) nothing leaves the task but by `commit`; (2) no record is processed between `commit`
// being called and its settling; (3) the seal follows a commit immediately, with nothing unstaged.

import type {
  Broker,
  CommitRef,
  Position,
  TaskClaim,
  TaskSession,
  Transaction,
} from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import { offset, streamTime } from '#protocols/core/brands'
import { EMPTY, fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { decodeCommitHeader } from '#protocols/messages/commit-header'
import { type Compression, readBatch } from '#protocols/records/batch'
import type { TopicPartition } from '#protocols/records/record'
import { type LoggedCommit, type TaskEngines, TaskState } from '#stores/changelog/task-state'
import type { SubtopologyPlan } from '../topology/plan.ts'
import { RunningTopology } from '../topology/running-topology.ts'
import { InputQueue } from './input-queue.ts'
import { Outbox } from './outbox.ts'

const RESTORE_BYTES = 4 * 1024 * 1024
const OUTBOX_BYTES = 8 * 1024 * 1024
const RECORDS_BETWEEN_CLOCKS = 128

export interface TaskSettings {
  readonly guarantee: 'exactly-once' | 'at-least-once'
  /** Commit at least this often while there is something to commit, ms. */
  readonly commitIntervalMs: number
  /** Write stores and checkpoint to the engine at least this often, ms; bounds the replay after a crash. */
  readonly sealIntervalMs: number
  /** Commit and seal early when stores hold this many mutations in memory. */
  readonly pendingMax: number
  readonly compression: Compression
}

export interface WorkPorts {
  readonly broker: Broker
  readonly clock: Clock
  /** Opens the task's engines; only asked for tasks that have stores. */
  engines(): Promise<TaskEngines>
  partitionCount(topic: string): number
}

/** The record at which processing failed. */
export interface Poison extends TopicPartition {
  readonly offset: number
}

export interface WorkFacts {
  readonly records: number
  readonly dropped: Readonly<Record<string, number>>
  readonly commits: number
  readonly positions: readonly { at: TopicPartition; position: number; lag: number }[]
  readonly streamTime: number
  readonly epoch: number
  readonly checkpoint: number | null
  /** Replay: offset reached and where it ends. */
  readonly restored: number
  readonly restoreEnd: number
}

export class TaskWork {
  readonly #claim: TaskClaim
  readonly #plan: SubtopologyPlan
  readonly #ports: WorkPorts
  readonly #settings: TaskSettings
  #state: TaskState | null = null
  #session: TaskSession | null = null
  #topology: RunningTopology | null = null
  #outbox: Outbox | null = null
  #queues: InputQueue[] = []
  #uncommitted = 0
  #commits = 0
  #committedAtMs = 0
  #sealedAtMs = 0
  #restored = 0
  #poison: Poison | null = null

  constructor(
    claim: TaskClaim,
    plan: SubtopologyPlan,
    ports: WorkPorts,
    settings: TaskSettings,
  ) {
    this.#claim = claim
    this.#plan = plan
    this.#ports = ports
    this.#settings = settings
  }

  /** The record at which the last `work` threw, if it was at one. */
  get poison(): Poison | null {
    return this.#poison
  }

  get state(): TaskState | null {
    return this.#state
  }

  async open(): Promise<void> {
    if (this.#plan.stores.length === 0) return
    this.#state = new TaskState(this.#plan.stores, await this.#ports.engines())
  }

  async claim(): Promise<void> {
    this.#session = await this.#ports.broker.claim(this.#claim)
  }

  /**
   * Replays the commit log into the stores, in slices that let others have their turn.
   * @throws MillraceError STORE_UNTRUSTED when the stores are ahead of the log or too far behind it
   */
  async restore(isStopped: () => boolean): Promise<void> {
    const state = this.#state
    if (state === null) return
    const session = this.#owned()
    const { head } = session
    const { checkpoint } = state
    if (checkpoint !== null && checkpoint.number > head.number) throw storeAhead()
    const from = checkpoint?.next ?? 'earliest'
    const arrival = new Arrival()
    const reader = session.restore(from, () => arrival.ring())
    try {
      while (reader.position < head.next && !isStopped()) {
        const commits = takeCommits(reader.take(RESTORE_BYTES))
        if (commits.length === 0) await arrival.next()
        else state.apply(commits)
        this.#restored = reader.position
        await new Promise<void>((resolve) => this.#ports.clock.defer(resolve))
      }
    } catch (error) {
      throw isMillraceError(error, 'OFFSET_OUT_OF_RANGE') ? storeBehind(error) : error
    } finally {
      reader.close()
    }
  }

  /** Wires the topology and opens the inputs; `onData` rings when a drained task has work again. */
  start(onData: () => void): void {
    const session = this.#owned()
    const outbox = new Outbox((topic) => this.#ports.partitionCount(topic), this.#settings.compression)
    this.#outbox = outbox
    this.#topology = new RunningTopology(this.#plan, {
      store: (name) => this.#storeNamed(name),
      output: (topic, key, value) => outbox.output(topic, key, value),
      raw: (topic) => outbox.raw(topic),
    })
    this.#topology.resumeAt(streamTime(readMeta(session.meta)))
    for (const { topic } of this.#plan.sources) {
      if (this.#claim.partition >= this.#ports.partitionCount(topic)) continue
      const at = { topic, partition: this.#claim.partition }
      const known = session.positions.find((p) => p.at.topic === topic)
      const reader = this.#ports.broker.reader(at, known?.next ?? 'earliest', onData)
      this.#queues.push(new InputQueue(at, reader, reader.position))
    }
    this.#committedAtMs = this.#sealedAtMs = this.#ports.clock.monotonic()
  }

  /**
   * Processes records until the budget is used, the inputs are drained, or a commit is due.
   * Among several inputs, the one whose next record is oldest goes first; ties by plan order.
   * @throws what the topology throws; `poison` then names the record
   */
  work(budgetMs: number): 'drained' | 'more' | 'commit' {
    const { clock } = this.#ports
    const topology = this.#topology
    assert(topology !== null, 'a task works after it was started')
    const startMs = clock.monotonic()
    for (let done = 1; ; done++) {
      const queue = this.#oldest()
      if (queue === null) return this.#uncommitted > 0 ? 'commit' : 'drained'
      this.#process(topology, queue)
      if (done % RECORDS_BETWEEN_CLOCKS === 0) {
        if (this.#isFull(clock.monotonic())) return 'commit'
        if (clock.monotonic() - startMs >= budgetMs) return 'more'
      }
    }
  }

  get hasUncommitted(): boolean {
    return this.#uncommitted > 0
  }

  /** Stores everything since the last commit in one step. */
  async commit(): Promise<void> {
    if (this.#uncommitted === 0) return
    const session = this.#owned()
    const transaction = this.#transaction()
    this.#uncommitted = 0
    const ref = await this.#store(session, transaction)
    this.#commits++
    this.#committedAtMs = this.#ports.clock.monotonic()
    this.#sealWhenDue(ref)
  }

  /** Closes everything; clean seals first. Requires for clean: nothing uncommitted. */
  async close(isClean: boolean): Promise<void> {
    for (const queue of this.#queues) queue.close()
    this.#queues = []
    const state = this.#state
    const session = this.#session
    this.#state = this.#session = this.#topology = null
    try {
      if (isClean && state !== null && session !== null) {
        assert(this.#uncommitted === 0, 'a clean close follows a commit')
        state.seal(session.head)
      }
    } finally {
      await state?.close()
      await session?.close()
    }
  }

  facts(): WorkFacts {
    const counters = this.#topology?.counters
    return {
      records: counters?.records ?? 0,
      dropped: counters?.dropped ?? {},
      commits: this.#commits,
      positions: this.#queues.map(({ at, position, lag }) => ({ at, position, lag })),
      streamTime: this.#topology?.streamTime ?? 0,
      epoch: this.#session?.epoch ?? 0,
      checkpoint: this.#state?.checkpoint?.next ?? null,
      restored: this.#restored,
      restoreEnd: this.#session?.head.next ?? 0,
    }
  }

  #process(topology: RunningTopology, queue: InputQueue): void {
    const cursor = queue.head()
    assert(cursor !== null, 'the oldest queue has a record')
    const { topic, partition } = queue.at
    try {
      topology.process(topic, partition, cursor)
    } catch (error) {
      this.#poison = { topic, partition, offset: cursor.offset }
      throw error
    }
    this.#uncommitted++
    queue.consumed()
  }

  #oldest(): InputQueue | null {
    const queues = this.#queues
    const [first] = queues
    if (queues.length === 1 && first !== undefined) return first.head() === null ? null : first
    let oldest: InputQueue | null = null
    let oldestTime = Number.POSITIVE_INFINITY
    for (const queue of queues) {
      const cursor = queue.head()
      if (cursor === null || cursor.time >= oldestTime) continue
      oldest = queue
      oldestTime = cursor.time
    }
    return oldest
  }

  #isFull(nowMs: number): boolean {
    return (
      nowMs - this.#committedAtMs >= this.#settings.commitIntervalMs ||
      (this.#outbox?.byteLength ?? 0) >= OUTBOX_BYTES ||
      (this.#state?.pending ?? 0) >= this.#settings.pendingMax
    )
  }

  #transaction(): Transaction {
    return {
      positions: this.#queues.map(({ at, position }): Position => ({ at, next: position })),
      changes: this.#state?.stage() ?? null,
      outputs: this.#outbox?.take() ?? [],
      meta: utf8(JSON.stringify({ streamTime: this.#topology?.streamTime ?? 0 })),
    }
  }

  async #store(session: TaskSession, transaction: Transaction): Promise<CommitRef> {
    if (this.#settings.guarantee === 'exactly-once') return session.commit(transaction)
    if (transaction.outputs.length > 0) {
      await this.#ports.broker.producer().append(transaction.outputs)
    }
    return session.commit({ ...transaction, outputs: [] })
  }

  #sealWhenDue(ref: CommitRef): void {
    const state = this.#state
    if (state === null) return
    const nowMs = this.#ports.clock.monotonic()
    const isDue = nowMs - this.#sealedAtMs >= this.#settings.sealIntervalMs
    if (!isDue && state.pending < this.#settings.pendingMax) return
    state.seal(ref)
    this.#sealedAtMs = nowMs
  }

  #owned(): TaskSession {
    assert(this.#session !== null, 'the task was claimed')
    return this.#session
  }

  #storeNamed(name: string): ReturnType<TaskState['store']> {
    assert(this.#state !== null, 'a task with stores was opened')
    return this.#state.store(name)
  }
}

/** Lets a loop wait for a callback that may come before or after it starts to wait. */
class Arrival {
  #rung = false
  #resolve: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#resolve?.()
  }

  async next(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve
      })
    }
    this.#rung = false
    this.#resolve = null
  }
}

function takeCommits(
  batches: readonly { readonly next: number; readonly bytes: Uint8Array }[],
): LoggedCommit[] {
  return batches.map(({ next, bytes }) => {
    const batch = readBatch(bytes)
    const { epoch, number, tag } = decodeCommitHeader(batch.commit ?? EMPTY)
    return { ref: { next: offset(next), epoch, number, tag }, batch }
  })
}

function readMeta(meta: Uint8Array): number {
  if (meta.length === 0) return 0
  // Written by `#transaction` above.
  return (JSON.parse(fromUtf8(meta)) as { streamTime: number }).streamTime
}

const storeAhead = (): MillraceError =>
  new MillraceError({
    code: 'STORE_UNTRUSTED',
    what: 'the state on disk is newer than its commit log',
    retry: 'soon',
  })

const storeBehind = (cause: unknown): MillraceError =>
  new MillraceError({
    code: 'STORE_UNTRUSTED',
    what: 'the commit log no longer reaches back to the state on disk',
    retry: 'soon',
    cause,
  })
