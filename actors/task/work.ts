// The work of a task, without its life: opening state, claiming, restoring, processing, committing,
// closing. Which of these may happen when is the chart's business (machine.ts); the actor (task.ts)
// joins the two.
//
//   open     state and checkpoint from disk
//   claim    fences every earlier owner; brings positions and stream time of the last commit
//   restore  replays the commit log from the checkpoint to the claim
//   work     one synchronous slice: records in, changes and outputs waiting in memory
//   commit   outputs, changes and positions in one step; then, when due, a part of a seal
//
// Invariants: (1) nothing leaves the task but by `commit`; (2) no record is processed between `commit`
// being called and its success; (3) the seal follows a commit immediately, with nothing unstaged;
// (4) `close` may come at any time: it waits for what is under way and releases what that opened.

import type {
  Broker,
  CommitRef,
  Position,
  TaskClaim,
  TaskSession,
  Transaction,
} from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import { Bell } from '#protocols/core/bell'
import type { Clock } from '#protocols/core/clock'
import type { TaskEngines, TaskState } from '#stores/changelog/task-state'
import type { Whereabouts } from '../query/bound.ts'
import type { TableView } from '../topology/node.ts'
import type { SubtopologyPlan } from '../topology/plan.ts'
import { RunningTopology, type TopologyPorts } from '../topology/running-topology.ts'
import { Background } from './background.ts'
import type { GlobalTables } from './global-tables.ts'
import { InputQueue } from './input-queue.ts'
import { Inputs } from './inputs.ts'
import { TaskMeter } from './meter.ts'
import { Outbox } from './outbox.ts'
import { Patience } from './patience.ts'
import { Quiet } from './quiet.ts'
import { replay } from './replay.ts'
import { Sealing } from './sealing.ts'
import type { TaskSettings } from './settings.ts'
import { openState, type SnapshotPorts, SnapshotTaker } from './snapshots.ts'
import { decodeMemory, encodeMemory } from './task-memory.ts'
import type { SpanFacts, SpanName } from './tracer.ts'
import { type Poison, recordName, type Work, type WorkFacts } from './work-port.ts'
import { type Traced, traceStep, WorkTrace } from './work-trace.ts'

const OUTBOX_BYTES = 8 * 1024 * 1024
/** An owner leaves snapshots to a standby, if there is one: it waits for half as much again. */
const SNAPSHOT_PATIENCE = 1.5
/** Most records between two looks at the clock. */
const STRIDE_MAX = 128

export interface WorkPorts extends Traced {
  readonly broker: Broker
  readonly clock: Clock
  /** Opens the task's engines; only asked for tasks that have stores. */
  engines(): Promise<TaskEngines>
  /** Default: none are taken, and none is started from. */
  readonly snapshots?: SnapshotPorts | null | undefined
  partitionCount(topic: string): number
  /** Counts for every work of the task; default: for this one alone. */
  readonly meter?: TaskMeter | undefined
  /** Global tables of this thread; only asked for by plans that have some. */
  readonly globals?: GlobalTables | undefined
}

/** A transaction that waits to be stored. */
interface Kept {
  transaction: Transaction
  /** Changes in it; a builder that has fewer was used up by a broker, and cannot be stored again. */
  readonly changes: number
  /** Records and bytes of its outputs. */
  readonly records: number
  readonly recordsTo: ReadonlyMap<string, number>
  readonly bytes: number
  /** When the oldest record in it came in, wall time, ms; infinite when there is none. */
  readonly intakeTime: number
}

export class TaskWork implements Work {
  readonly #claim: TaskClaim
  readonly #plan: SubtopologyPlan
  readonly #ports: WorkPorts
  readonly #settings: TaskSettings
  readonly #arrival = new Bell()
  readonly #patience: Patience
  readonly #quiet: Quiet
  readonly #meter: TaskMeter
  readonly #skips = new Set<string>()
  readonly #snapshots: SnapshotTaker | null
  readonly #trace: WorkTrace | null
  #state: TaskState | null = null
  #session: TaskSession | null = null
  #topology: RunningTopology | null = null
  #outbox: Outbox | null = null
  #background: Background | null = null
  readonly #inputs = new Inputs()
  /** Nobody takes anything before it is started. */
  #onData: () => void = () => {}
  #kept: Kept | null = null
  /** Records between two looks at the clock now. */
  #stride = 1
  #uncommitted = 0
  #isCommitAsked = false
  #committedAtMs = 0
  #isNew = true
  #sealing: Sealing | null = null
  #restoredFrom = 0
  #restored = 0
  #poison: Poison | null = null
  /** What is under way; never rejects. */
  #flight: Promise<void> = Promise.resolve()
  #closed: Promise<void> | null = null

  constructor(claim: TaskClaim, plan: SubtopologyPlan, ports: WorkPorts, settings: TaskSettings) {
    this.#claim = claim
    this.#plan = plan
    this.#ports = ports
    this.#settings = settings
    this.#meter = ports.meter ?? new TaskMeter()
    const { snapshots = null } = ports
    this.#snapshots =
      snapshots === null
        ? null
        : new SnapshotTaker(claim, plan.stores, snapshots, SNAPSHOT_PATIENCE)
    this.#trace = WorkTrace.of(claim, plan, ports)
    this.#patience = new Patience(settings.maxTaskIdleMs)
    this.#quiet = new Quiet(plan.idleAfterMs ?? Number.POSITIVE_INFINITY)
  }

  get poison(): Poison | null {
    return this.#poison ?? this.#background?.poison ?? null
  }

  get state(): TaskState | null {
    return this.#state
  }

  get nextWallClockMs(): number {
    const nextMs = this.#topology?.nextWallClockMs ?? Number.POSITIVE_INFINITY
    return Math.min(nextMs, this.#patience.untilMs, this.#quiet.untilMs)
  }

  get isKept(): boolean {
    const kept = this.#kept
    return kept !== null && (kept.transaction.changes?.count ?? 0) === kept.changes
  }

  open(): Promise<void> {
    return this.#step('open stores', async () => {
      if (this.#plan.stores.length === 0) return {}
      const { snapshots = null } = this.#ports
      const ports = { engines: () => this.#ports.engines(), snapshots }
      const { state, fromSnapshot } = await openState(this.#claim, this.#plan.stores, ports)
      this.#state = state
      return { fromSnapshot }
    })
  }

  claim(): Promise<void> {
    return this.#step('claim', async () => {
      this.#session = await this.#ports.broker.claim(this.#claim)
      return { epoch: this.#session.epoch }
    })
  }

  /** Inputs are opened beside it: what they have is there when the state is. */
  restore(): Promise<void> {
    return this.#step('restore', async () => {
      this.#openInputs()
      await Promise.all([this.#replay(), this.#ports.globals?.ready(this.#plan.globals ?? [])])
      return { replayed: Math.max(0, this.#restored - this.#restoredFrom) }
    })
  }

  start(onData: () => void): void {
    const session = this.#owned()
    const outbox = new Outbox((topic) => this.#ports.partitionCount(topic), {
      compression: this.#settings.compression,
      // What comes of no record, as by a clock, comes in when it is written.
      intakeTime: () => Math.min(this.#inputs.intakeTime, this.#ports.clock.now()),
    })
    this.#outbox = outbox
    const isSkipped = (record: Poison): boolean => this.#isSkipped(record)
    this.#onData = onData
    const background = new Background(this.#ports.clock, { onOutcome: onData, isSkipped })
    this.#background = background
    const ports: TopologyPorts = {
      store: (name) => this.#storeNamed(name),
      global: (name) => this.#globalNamed(name),
      output: (topic, key, value) => outbox.output(topic, key, value),
      raw: (topic) => outbox.raw(topic),
      counters: this.#meter.counters,
      task: this.#claim,
      wallClock: () => this.#ports.clock.now(),
      observe: this.#state?.observer ?? null,
      background: (call) => background.start(call),
      requestCommit: () => {
        this.#isCommitAsked = true
      },
    }
    const memory = decodeMemory(session.meta)
    this.#state?.resume(memory?.stores ?? {})
    this.#topology = new RunningTopology(this.#plan, ports, memory)
    this.#committedAtMs = this.#ports.clock.monotonic()
    this.#sealing = new Sealing(this.#settings, this.#committedAtMs)
  }

  work(budgetMs: number): 'drained' | 'more' | 'commit' {
    const { clock } = this.#ports
    const startMs = clock.monotonic()
    try {
      return this.#work(startMs, budgetMs)
    } finally {
      this.#meter.worked(clock.monotonic() - startMs)
    }
  }

  #work(startMs: number, budgetMs: number): 'drained' | 'more' | 'commit' {
    const { clock } = this.#ports
    const topology = this.#topology
    assert(topology !== null, 'a task works after it was started')
    assert(this.#kept === null, 'a task works when nothing waits to be committed')
    for (const queue of this.#inputs.all) queue.look()
    if (clock.now() >= topology.nextWallClockMs && topology.punctuate()) this.#uncommitted++
    this.#uncommitted += this.#background?.deliver() ?? 0
    let lookedMs = startMs
    for (let left = this.#stride; ; left--) {
      const queue = this.#mayTake(topology) ? this.#inputs.next() : null
      if (queue === null) {
        if (this.#quiet.isAsked) this.#goOn(topology)
        return this.#uncommitted > 0 ? 'commit' : 'drained'
      }
      this.#process(topology, queue)
      if (this.#isCommitAsked) return 'commit'
      if (left > 1) continue
      const nowMs = clock.monotonic()
      this.#adapt(nowMs - lookedMs, budgetMs)
      if (this.#isFull(nowMs)) return 'commit'
      // Whoever waits for what it writes has waited for it to come: the first commit waits for no interval.
      if (nowMs - startMs >= budgetMs) return this.#isNew ? 'commit' : 'more'
      lookedMs = nowMs
      left = this.#stride + 1
    }
  }

  /** The clock is only looked at where an input may wait for another. */
  #mayTake(topology: RunningTopology): boolean {
    const canWait = this.#patience.canWait(this.#inputs.all.length)
    // Asked even when held: a wait that is over would else stay due.
    if (canWait && !this.#patience.isOver(this.#inputs.all, this.#ports.clock.now())) return false
    return !topology.isHeld
  }

  /** Lets time go on where nothing comes and nothing is under way; a commit follows what that did. */
  #goOn(topology: RunningTopology): void {
    if (topology.isHeld || this.#background?.isBusy === true) return
    if (this.#inputs.all.some((queue) => queue.head() !== null)) return
    const { counters, streamTime } = topology
    const time = this.#quiet.look(counters.records, this.#ports.clock.now(), streamTime)
    if (time === null) return
    const before = this.#unwritten
    topology.idle(time)
    if (this.#unwritten !== before) this.#uncommitted++
  }

  /** Grows with everything that a commit would write. */
  get #unwritten(): number {
    return (this.#outbox?.byteLength ?? 0) + (this.#state?.pending ?? 0)
  }

  commit(): Promise<void> {
    return this.#fly(async () => {
      if (this.#uncommitted === 0) return
      const { clock } = this.#ports
      const beganMs = clock.monotonic()
      const session = this.#owned()
      const kept = this.#keep()
      const sampled = this.#trace?.sampled ?? null
      const store = () => this.#store(session, kept)
      const ref = await (this.#trace?.commit(kept, store) ?? store())
      kept.transaction.changes?.clear()
      this.#kept = null
      this.#uncommitted = 0
      this.#isCommitAsked = false
      for (const queue of this.#inputs.all) queue.settle()
      this.#isNew = false
      this.#committedAtMs = clock.monotonic()
      const ms = this.#committedAtMs - beganMs
      this.#meter.committed({ ...kept, ms, atMs: clock.now(), sampled })
      this.#snapshots?.count(kept.bytes)
      this.#sealWhenDue(ref)
    })
  }

  close(isClean: boolean): Promise<void> {
    this.#closed ??= this.#close(isClean)
    return this.#closed
  }

  skip(record: Poison): void {
    this.#skips.add(recordName(record))
  }

  facts(): WorkFacts {
    const { counters, skipped } = this.#meter
    return {
      records: counters.records,
      dropped: { ...counters.dropped, skipped },
      positions: this.#inputs.all.map(({ at, position, committed, lag }) => {
        return { at, position, committed, lag }
      }),
      streamTime: this.#topology?.streamTime ?? 0,
      epoch: this.#session?.epoch ?? 0,
      checkpoint: this.#state?.checkpoint?.next ?? null,
      restoredFrom: this.#restoredFrom,
      restored: this.#restored,
      restoreEnd: this.#session?.head.next ?? 0,
      meter: this.#meter.read(),
    }
  }

  whereabouts(): Whereabouts {
    const positions = this.#inputs.all.map(({ at, position }) => ({ ...at, next: position }))
    return { log: this.#session?.head.next ?? 0, positions }
  }

  #openInputs(): void {
    const session = this.#owned()
    const onData = (): void => this.#onData()
    for (const { topic } of this.#plan.sources) {
      if (this.#claim.partition >= this.#ports.partitionCount(topic)) continue
      const at = { topic, partition: this.#claim.partition }
      const known = session.positions.find((p) => p.at.topic === topic)
      const reader = this.#ports.broker.reader(at, known?.next ?? 'earliest', onData)
      this.#inputs.add(new InputQueue(at, reader, reader.position, () => this.#ports.clock.now()))
    }
  }

  async #replay(): Promise<void> {
    if (this.#state === null) return
    this.#restoredFrom = this.#state.checkpoint?.next ?? 0
    await replay({
      state: this.#state,
      session: this.#owned(),
      clock: this.#ports.clock,
      arrival: this.#arrival,
      isStopped: () => this.#closed !== null,
      onProgress: (reached) => {
        this.#restored = reached
      },
    })
  }

  /** Lets `close` know of what is under way, and refuses to begin after it. */
  #fly(operation: () => Promise<void>): Promise<void> {
    assert(this.#closed === null, 'a closed work begins nothing')
    const flight = operation()
    this.#flight = flight.catch(() => {})
    return flight
  }

  #step(name: SpanName, operation: () => Promise<SpanFacts>): Promise<void> {
    return this.#fly(() => traceStep(this.#trace, name, operation))
  }

  async #close(isClean: boolean): Promise<void> {
    this.#arrival.ring()
    this.#background?.close()
    await this.#flight
    this.#trace?.close()
    await this.#snapshots?.close()
    this.#inputs.close()
    const state = this.#state
    const session = this.#session
    const wasStarted = this.#topology !== null
    this.#topology?.close()
    this.#state = this.#session = this.#topology = null
    try {
      if (isClean && state !== null && session !== null) {
        assert(wasStarted && this.#uncommitted === 0, 'a clean close follows a commit')
        state.seal(session.head)
      }
    } finally {
      try {
        await state?.close()
      } finally {
        await session?.close()
      }
    }
  }

  #keep(): Kept {
    if (this.#kept === null) {
      const transaction = this.#transaction()
      const { changes, outputs } = transaction
      const bytes = outputs.reduce((sum, { batch }) => sum + batch.length, 0)
      const recordsTo = this.#outbox?.taken ?? new Map<string, number>()
      const records = [...recordsTo.values()].reduce((sum, count) => sum + count, 0)
      const { intakeTime } = this.#inputs
      const amount = { changes: changes?.count ?? 0, records, recordsTo, bytes }
      this.#kept = { transaction, ...amount, intakeTime }
    }
    return this.#kept
  }

  #process(topology: RunningTopology, queue: InputQueue): void {
    const cursor = queue.head()
    assert(cursor !== null, 'the oldest queue has a record')
    const { topic, partition } = queue.at
    if (this.#skips.size > 0 && this.#isSkipped({ topic, partition, offset: cursor.offset })) {
      queue.consumed()
      return
    }
    try {
      if (this.#trace === null) topology.process(topic, partition, cursor)
      else this.#trace.process(topology, topic, partition, cursor)
    } catch (error) {
      this.#poison = { topic, partition, offset: cursor.offset }
      throw error
    }
    this.#uncommitted++
    queue.consumed()
  }

  /** Looks at the clock seldom while records are quick, often when one of them may take a slice. */
  #adapt(strideMs: number, budgetMs: number): void {
    if (strideMs * 4 > budgetMs) this.#stride = Math.max(1, this.#stride >> 1)
    else if (strideMs * 16 < budgetMs) this.#stride = Math.min(STRIDE_MAX, this.#stride * 2)
  }

  #isFull(nowMs: number): boolean {
    return (
      nowMs - this.#committedAtMs >= this.#settings.commitIntervalMs ||
      (this.#outbox?.byteLength ?? 0) >= OUTBOX_BYTES ||
      (this.#state?.pending ?? 0) >= this.#settings.pendingMax
    )
  }

  #transaction(): Transaction {
    const topology = this.#topology
    topology?.flush()
    if (topology !== null) this.#state?.expire(topology.streamTime)
    return {
      positions: this.#inputs.all.map(({ at, position }): Position => ({ at, next: position })),
      changes: this.#state?.stage() ?? null,
      outputs: this.#outbox?.take() ?? [],
      meta: this.#meta(),
    }
  }

  #meta(): Uint8Array {
    const memory = this.#topology?.memory ?? { streamTime: 0, cells: {} }
    return encodeMemory({ ...memory, stores: this.#state?.cells ?? {} })
  }

  /** At least once: outputs that were stored are not stored again by another try. */
  async #store(session: TaskSession, kept: Kept): Promise<CommitRef> {
    const { outputs } = kept.transaction
    if (this.#settings.guarantee === 'at-least-once' && outputs.length > 0) {
      await this.#ports.broker.producer().append(outputs)
      kept.transaction = { ...kept.transaction, outputs: [] }
    }
    return session.commit(kept.transaction)
  }

  #isSkipped(record: Poison): boolean {
    if (!this.#skips.delete(recordName(record))) return false
    this.#meter.skipped++
    this.#uncommitted++
    return true
  }

  #sealWhenDue(ref: CommitRef): void {
    const state = this.#state
    if (state === null) return
    const isSealed = this.#sealing?.look(state, ref, this.#ports.clock.monotonic()) === true
    if (isSealed) this.#snapshots?.look(state)
  }

  #owned(): TaskSession {
    assert(this.#session !== null, 'the task was claimed')
    return this.#session
  }

  #globalNamed(name: string): TableView {
    const { globals } = this.#ports
    assert(globals !== undefined, 'a worker has global tables')
    return globals.view(name)
  }

  #storeNamed(name: string): ReturnType<TaskState['store']> {
    assert(this.#state !== null, 'a task with stores was opened')
    return this.#state.store(name)
  }
}
