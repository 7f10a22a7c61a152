// The worker actor: runs the tasks and standbys that its host gives it, as its children, in one thread.
// It knows topologies by deployment; a task whose plan is still being loaded waits for it.
//
// Invariants: (1) a task is started once and its `closed` is reported once, whatever became of it;
// (2) a task told to stop before it was started never starts; (3) of one task it runs either the task
// or a standby, so that nobody else has the task's stores open.

import type { Broker } from '#protocols/broker/broker'
import { factsOf } from '#protocols/core/error-facts'
import { asError, type ErrorFacts, MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import type { TaskEngines, TaskState } from '#stores/changelog/task-state'
import type { Behavior, Props, Reply, Self, Sent } from '../kernel/actor.ts'
import type { TraceQuestion, TraceReading } from '../kernel/trace.ts'
import type { ActorSnapshot } from '../kernel/tree.ts'
import { mayBeStale, type Proof, shortOf, storeBehind, type Whereabouts } from '../query/bound.ts'
import { Proofs } from '../query/proofs.ts'
import { rowsOf } from '../query/store-rows.ts'
import { TaskCopy } from '../standby/copy.ts'
import type { StandbyReport } from '../standby/messages.ts'
import { readCopy, standbyActor } from '../standby/standby.ts'
import { query, type TaskHistory, type TaskReport } from '../task/messages.ts'
import { TaskMeter } from '../task/meter.ts'
import type { TaskSettings } from '../task/settings.ts'
import type { EngineFiles, SnapshotPorts } from '../task/snapshots.ts'
import { taskActor } from '../task/task.ts'
import type { Tracer } from '../task/tracer.ts'
import { TaskWork } from '../task/work.ts'
import type { SubtopologyPlan, TopologyPlan } from '../topology/plan.ts'
import type {
  Answer,
  Deployment,
  FromWorker,
  Question,
  StoreQuestion,
  StoreRows,
  TaskSpec,
  ThreadFacts,
  ToWorker,
} from './messages.ts'
import { askFacts, askUsages, type Child, silentFacts, storeFacts } from './task-facts.ts'
import { TaskSpans } from './task-spans.ts'
import { WorkerGlobals } from './worker-globals.ts'

/** Where tasks keep their state. */
export interface TaskStorage {
  open(task: TaskSpec): Promise<TaskEngines>
  /** Throws away what a task kept; nothing of it is open. */
  wipe(task: TaskSpec): Promise<void>
  /** Absent where engines cannot be copied. */
  files?(task: TaskSpec): EngineFiles
}

export interface WorkerPorts {
  readonly index: number
  readonly application: string
  readonly host: string
  readonly broker: Broker
  readonly settings: TaskSettings
  readonly storage: TaskStorage
  /** Finds or loads the plan of a deployment. */
  plan(deployment: Deployment): Promise<TopologyPlan>
  report(message: FromWorker): void
  /** Where somebody traces: looked at when a task comes. */
  tracer?(): Tracer | null
  /** The tree of the thread, where the worker has one of its own. */
  tree?(): ActorSnapshot
  /** The same of the thread itself, and of what is followed in it. */
  thread?(): ThreadFacts
  trace?(question: TraceQuestion): TraceReading
}

type WorkerMessage =
  | ToWorker
  | { readonly type: 'planned'; readonly topology: string; readonly loaded: Loaded | Error }
  | { readonly type: 'died'; readonly id: string }

export const workerActor = (ports: WorkerPorts): Props<ToWorker> => ({
  kind: 'worker',
  // Its tasks close within this.
  shutdownMs: 30_000,
  mailbox: { control: 100_000 },
  // What only the worker tells itself is not for others to see.
  make: (self) =>
    new WorkerActor(ports, self as unknown as Self<WorkerMessage>) as Behavior<ToWorker>,
})

interface Loaded {
  readonly deployment: Deployment
  readonly plan: TopologyPlan
}

type Running = Child & {
  readonly task: TaskSpec
  error: ErrorFacts | null
  lag: number
  /** Of a task: the host was told that it runs. */
  isKnownToRun: boolean
}

type Start = Extract<ToWorker, { type: 'start' }>

class WorkerActor implements Behavior<WorkerMessage> {
  readonly #ports: WorkerPorts
  readonly #self: Self<WorkerMessage>
  readonly #loaded = new Map<string, Loaded>()
  readonly #waiting = new Map<string, Start>()
  readonly #running = new Map<string, Running>()
  /** Tasks that begin when their copy is closed. */
  readonly #promoted = new Map<string, Start>()
  readonly #globals: WorkerGlobals
  readonly #spans: TaskSpans
  readonly #proofs: Proofs
  #retold = 0

  constructor(ports: WorkerPorts, self: Self<WorkerMessage>) {
    this.#ports = ports
    this.#self = self
    this.#globals = new WorkerGlobals(ports, self)
    this.#spans = new TaskSpans(ports)
    this.#proofs = new Proofs({ ...ports, clock: self.clock })
    ports.report({ type: 'ready' })
  }

  receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'deploy':
        return this.#deploy(message.deployment)
      case 'planned':
        return this.#planned(message.topology, message.loaded)
      case 'retire':
        this.#loaded.delete(message.topology)
        this.#globals.close(message.topology)
        return
      case 'start':
        return this.#start(message)
      case 'stop':
        return this.#stop(message)
      case 'order':
        return this.#order(message)
      case 'question':
        return this.#answer(message.number, message.question)
      case 'died':
        return this.#died(message.id)
    }
  }

  describe(): { state: string; note: string } {
    const count = this.#running.size + this.#waiting.size
    return { state: 'working', note: plural(count, 'task') }
  }

  // ---- topologies -------------------------------------------------------------------------------

  #deploy(deployment: Deployment): void {
    const { topology } = deployment
    this.#self.pipe(
      this.#ports.plan(deployment),
      (plan) => ({ type: 'planned', topology, loaded: { deployment, plan } }),
      (error) => ({ type: 'planned', topology, loaded: error }),
    )
  }

  /** A worker that cannot load what its host could is broken: its supervisor decides. */
  #planned(topology: string, loaded: Loaded | Error): void {
    if (loaded instanceof Error) throw loaded
    this.#loaded.set(topology, loaded)
    this.#ports.report({ type: 'loaded', topology })
    for (const start of this.#waiting.values()) {
      if (start.task.topology !== topology) continue
      this.#waiting.delete(start.task.id)
      this.#start(start)
    }
  }

  // ---- tasks ------------------------------------------------------------------------------------

  #start(start: Start): void {
    const { task, role, by } = start
    const running = this.#running.get(task.id)
    if (running?.role === 'active') return
    if (role === 'active') this.#spans.comes(task.id, by)
    if (running !== undefined) {
      if (role === 'active') this.#promote(start, running)
      return
    }
    const loaded = this.#loaded.get(task.topology)
    if (loaded === undefined) {
      this.#waiting.set(task.id, start)
      return
    }
    const child =
      role === 'active' ? this.#spawnTask(task, loaded) : this.#spawnStandby(task, loaded)
    this.#running.set(task.id, { ...child, task, error: null, lag: -1, isKnownToRun: false })
    this.#self.watch(child.ref, () => ({ type: 'died', id: task.id }))
  }

  /** The copy closes, and then the task begins: the host's thread, which may be busy, is not asked between. */
  #promote(start: Start, standby: Extract<Running, { role: 'standby' }>): void {
    this.#promoted.set(start.task.id, start)
    const sent = standby.ref.tell({ type: 'stop' })
    if (sent === 'full') this.#again(start)
  }

  #spawnTask(task: TaskSpec, loaded: Loaded): Child {
    const meter = new TaskMeter()
    const props = taskActor({
      id: task.id,
      meter,
      work: () => this.#work(task, loaded, meter),
      wipe: () => this.#ports.storage.wipe(task),
      report: (report) => this.#tell(task.id, report),
    })
    return { role: 'active', ref: this.#self.spawn(props, task.id.replaceAll('/', ':')) }
  }

  #spawnStandby(task: TaskSpec, { plan }: Loaded): Child {
    const { application, broker, storage } = this.#ports
    const { topology, subtopology, partition } = task
    const name = { application, topology, subtopology, partition }
    const engines = () => storage.open(task)
    const ports = { broker, engines, snapshots: this.#snapshotsOf(task) }
    const props = standbyActor({
      id: task.id,
      copy: () => new TaskCopy(name, partOf(plan, task).stores, ports),
      wipe: () => storage.wipe(task),
      report: (report) => this.#follow(task.id, report),
    })
    return { role: 'standby', ref: this.#self.spawn(props, task.id.replaceAll('/', ':')) }
  }

  #work(task: TaskSpec, { deployment, plan }: Loaded, meter: TaskMeter): TaskWork {
    const { application, host, broker, settings, storage } = this.#ports
    const { topology, subtopology, partition, count } = task
    const part = partOf(plan, task)
    const claim = { application, topology, subtopology, partition, partitions: count, host }
    const ports = {
      broker,
      meter,
      clock: this.#self.clock,
      engines: () => storage.open(task),
      snapshots: this.#snapshotsOf(task),
      partitionCount: (topic: string) => deployment.topicPartitions[topic] ?? 1,
      globals: this.#globals.of(deployment),
      tracer: this.#ports.tracer?.() ?? null,
      opening: this.#spans.coming(task.id),
    }
    return new TaskWork(claim, part, ports, settings)
  }

  #snapshotsOf(task: TaskSpec): SnapshotPorts | null {
    const { broker, storage, settings } = this.#ports
    const files = storage.files?.(task)
    if (broker.snapshots === null || files === undefined) return null
    const { log } = this.#self
    return { snapshots: broker.snapshots, files, log, bytesMin: settings.snapshotBytes }
  }

  #stop(stop: Extract<ToWorker, { type: 'stop' }>): void {
    const { id, mode, by } = stop
    this.#promoted.delete(id)
    const running = this.#running.get(id)
    let sent: Sent = 'dead'
    if (running?.role === 'active') {
      this.#spans.leaves(id, by)
      sent = running.ref.tell({ type: 'stop', mode })
    } else if (running?.role === 'standby') sent = running.ref.tell({ type: 'stop' })
    else if (this.#waiting.delete(id)) {
      this.#spans.left(id, true)
      this.#news(id, 'closed', null)
    }
    if (sent === 'full') this.#again(stop)
  }

  #order(message: Extract<ToWorker, { type: 'order' }>): void {
    const { id, order, at } = message
    const running = this.#running.get(id)
    let sent: Sent = 'dead'
    if (running?.role === 'active') {
      sent = running.ref.tell(order === 'skip' ? { type: order, at } : { type: order })
    }
    if (running?.role === 'standby' && order === 'restart') {
      sent = running.ref.tell({ type: 'retry' })
    }
    if (sent === 'full') this.#again(message)
  }

  /** What was told while questions filled the mailbox is told once more, until it is heard. */
  #again(message: Extract<ToWorker, { type: 'start' | 'stop' | 'order' }>): void {
    this.#self.timers.once(`again ${++this.#retold}`, AGAIN_MS, message)
  }

  #tell(id: string, report: TaskReport): void {
    const running = this.#running.get(id)
    // `closed` is told when the actor is dead: only then its name is free for another life.
    if (report.type === 'state' && report.state !== 'closed') this.#moved(id, report.state, running)
    if (report.type === 'fenced') this.#spans.came(id, report.error)
    if (report.type === 'closed') this.#spans.left(id, report.isClean)
    if ((report.type === 'failed' || report.type === 'fenced') && running !== undefined) {
      running.error = factsOf(report.error)
    }
  }

  /** What a task that runs does by turns is its own affair: each commit would wake the host's thread. */
  #moved(id: string, state: string, running: Running | undefined): void {
    const isRunning = state.startsWith('running')
    if (isRunning) this.#spans.came(id, null)
    if (running !== undefined) {
      if (isRunning) running.error = null
      if (isRunning && running.isKnownToRun) return
      running.isKnownToRun = isRunning
    }
    this.#news(id, state, running?.error ?? null)
  }

  /** What a standby says. */
  #follow(id: string, report: StandbyReport): void {
    const running = this.#running.get(id)
    // A life begins with the spawn, before it is known here; what makes way is the task's beginning.
    if (running === undefined || this.#promoted.has(id)) return
    if (report.type === 'failed') running.error = factsOf(report.error)
    else if (report.type === 'lag') {
      running.lag = report.lag ?? -1
      if (report.lag !== null) running.error = null
      this.#news(id, 'following', running.error, running.lag)
    } else if (report.state !== 'closed') {
      this.#news(id, report.state, running.error, running.lag)
    }
  }

  #died(id: string): void {
    this.#running.delete(id)
    const start = this.#promoted.get(id)
    this.#promoted.delete(id)
    if (start !== undefined) return this.#start(start)
    this.#spans.left(id, false)
    this.#news(id, 'closed', null)
  }

  #news(id: string, state: string, error: ErrorFacts | null, lag?: number): void {
    const facts = lag === undefined ? {} : { lag }
    this.#ports.report({ type: 'news', news: { id, state, error: error ?? undefined, ...facts } })
  }

  // ---- questions --------------------------------------------------------------------------------

  #answer(number: number, question: Question): void {
    const reply: Reply<Answer> = {
      ok: (answer) => this.#ports.report({ type: 'answer', number, answer }),
      fail: (error) => this.#ports.report({ type: 'refusal', number, error: factsOf(error) }),
    }
    switch (question.about) {
      case 'tree':
        return reply.ok({ about: 'tree', tree: this.#tree() })
      case 'thread':
        return reply.ok({ about: 'thread', thread: this.#ports.thread?.() ?? null })
      case 'trace':
        return this.#followed(question.trace, reply)
      case 'tasks':
        return this.#facts(reply)
      case 'history':
        return this.#history(question.task, reply)
      case 'stores':
        return this.#stores(reply)
      case 'globals':
        return reply.ok({ about: 'globals', globals: this.#globals.facts() })
      case 'store':
        return this.#rows(question, reply)
      case 'global':
        return this.#globals.answer(question, this.#loaded.get(question.topology), reply)
    }
  }

  #tree(): ActorSnapshot {
    return this.#ports.tree?.() ?? NO_TREE
  }

  #followed(question: TraceQuestion, reply: Reply<Answer>): void {
    try {
      const trace = this.#ports.trace?.(question) ?? { steps: [], lost: 0 }
      reply.ok({ about: 'trace', trace })
    } catch (thrown) {
      reply.fail(asError(thrown)) // there are too many who follow
    }
  }

  #facts(reply: Reply<Answer>): void {
    const { index } = this.#ports
    const each = [...this.#running.values()].map((running) =>
      askFacts(running, index).catch((thrown: unknown) =>
        silentFacts(running, index, factsOf(asError(thrown))),
      ),
    )
    const waiting = [...this.#waiting.values()].map((it) => silentFacts(it, index, null))
    void Promise.all(each).then((tasks) =>
      reply.ok({ about: 'tasks', tasks: [...tasks, ...waiting] }),
    )
  }

  #history(id: string, reply: Reply<Answer>): void {
    const found: Reply<TaskHistory> = {
      ok: (history) => reply.ok({ about: 'history', history }),
      fail: (error) => reply.fail(error),
    }
    const running = this.#running.get(id)
    const isTask = running?.role === 'active'
    const sent = isTask ? running.ref.tell({ type: 'history', reply: found }) : 'dead'
    if (sent !== 'ok') reply.fail(taskAway(id))
  }

  #stores(reply: Reply<Answer>): void {
    const each = [...this.#running.values()].map(async (running) => {
      const { task, role } = running
      const plan = this.#loaded.get(task.topology)?.plan
      const stores = plan === undefined ? [] : partOf(plan, task).stores
      const usages = await askUsages(running, stores).catch(() => null) // it does not serve them now
      return stores.map((spec, n) => storeFacts({ task: task.id, role }, spec, usages?.[n] ?? null))
    })
    void Promise.all(each).then((stores) => reply.ok({ about: 'stores', stores: stores.flat() }))
  }

  #rows(question: StoreQuestion, reply: Reply<Answer>): void {
    const { maxAgeMs } = question
    if (maxAgeMs === undefined) return this.#read(question, null, null, reply)
    const askedMs = this.#self.clock.monotonic()
    this.#proofs.of(question.task, askedMs - maxAgeMs).then(
      (proof) => {
        const ageMs = Math.max(0, askedMs - proof.atMs)
        this.#read(question, proof, ageMs, reply)
      },
      (thrown: unknown) => reply.fail(asError(thrown)),
    )
  }

  #read(
    question: StoreQuestion,
    proof: Proof | null,
    ageMs: number | null,
    reply: Reply<Answer>,
  ): void {
    const { task: id, maxLag = Number.MAX_SAFE_INTEGER } = question
    const running = this.#running.get(id)
    const found: Reply<StoreRows> = {
      ok: (rows) => reply.ok({ about: 'store', ...rows }),
      fail: (error) => reply.fail(error),
    }
    const answer = (state: TaskState, lag: number, at: Whereabouts): StoreRows => {
      const short = shortOf(question, running?.task.partition ?? 0, proof, at)
      if (short !== null) throw storeBehind(id, short)
      return { rows: rowsOf(state, question), lag, ageMs, positions: at.positions }
    }
    let sent: Sent = 'dead'
    if (running?.role === 'active') {
      const run = (state: TaskState, at: Whereabouts) => answer(state, 0, at)
      sent = running.ref.tell(query(run, found))
    } else if (running?.role === 'standby' && mayBeStale(question)) {
      sent = running.ref.tell(readCopy(maxLag, answer, found))
    }
    if (sent !== 'ok') reply.fail(taskAway(id))
  }
}

function partOf(plan: TopologyPlan, task: TaskSpec): SubtopologyPlan {
  const part = plan.subtopologies.find(({ name }) => name === task.subtopology)
  if (part === undefined) throw subtopologyUnknown(task)
  return part
}

const AGAIN_MS = 10
const NO_TREE: ActorSnapshot = {
  ...{ path: '', kind: 'worker', state: 'running', status: null, note: null, restarts: 0 },
  ...{ control: 0, data: 0, lastError: null, children: [] },
}

const taskAway = (id: string): MillraceError =>
  new MillraceError({ code: 'TASK_AWAY', what: `task ${id} does not run here`, retry: 'soon' })

const subtopologyUnknown = ({ id, subtopology }: TaskSpec): MillraceError =>
  new MillraceError({
    code: 'SUBTOPOLOGY_UNKNOWN',
    what: `task ${id} belongs to sub-topology '${subtopology}', which its topology does not have`,
    hint: 'Run one version of the topology on all hosts of an application',
  })
