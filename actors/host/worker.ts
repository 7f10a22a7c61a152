// The worker actor: runs the tasks that its host gives it, as its children, in one thread. It knows
// topologies by deployment; a task whose plan is still being loaded waits for it.
//
// Invariants: (1) a task is started once and its `closed` is reported once, whatever became of it;
// (2) a task told to stop before it was started never starts.

import type { Broker } from '#protocols/broker/broker'
import { asError, type ErrorFacts, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { TaskEngines } from '#stores/changelog/task-state'
import type { ActorRef, Behavior, Props, Reply, Self } from '../kernel/actor.ts'
import type { ActorSnapshot } from '../kernel/tree.ts'
import { rowsOf } from '../query/store-rows.ts'
import { GlobalTables } from '../task/global-tables.ts'
import {
  type TaskFacts as Facts,
  query,
  type TaskMessage,
  type TaskReport,
} from '../task/messages.ts'
import { taskActor } from '../task/task.ts'
import { type TaskSettings, TaskWork } from '../task/work.ts'
import type { TopologyPlan } from '../topology/plan.ts'
import type {
  Answer,
  Deployment,
  FromWorker,
  Question,
  StoreQuestion,
  StoreRow,
  TaskFacts,
  TaskOrder,
  TaskSpec,
  ToWorker,
} from './messages.ts'

/** Where tasks keep their state. */
export interface TaskStorage {
  open(task: TaskSpec): Promise<TaskEngines>
  /** Throws away what a task kept; nothing of it is open. */
  wipe(task: TaskSpec): Promise<void>
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
  /** The tree of the thread, where the worker has one of its own. */
  tree?(): ActorSnapshot
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

interface Running {
  readonly task: TaskSpec
  readonly ref: ActorRef<TaskMessage>
  error: ErrorFacts | null
}

class WorkerActor implements Behavior<WorkerMessage> {
  readonly #ports: WorkerPorts
  readonly #self: Self<WorkerMessage>
  readonly #loaded = new Map<string, Loaded>()
  readonly #waiting = new Map<string, TaskSpec>()
  readonly #running = new Map<string, Running>()
  readonly #globals = new Map<string, GlobalTables>()

  constructor(ports: WorkerPorts, self: Self<WorkerMessage>) {
    this.#ports = ports
    this.#self = self
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
        void this.#globals.get(message.topology)?.close()
        this.#globals.delete(message.topology)
        return
      case 'start':
        return this.#start(message.task)
      case 'stop':
        return this.#stop(message.id, message.mode)
      case 'order':
        return this.#order(message.id, message.order)
      case 'question':
        return this.#answer(message.number, message.question)
      case 'died':
        return this.#died(message.id)
    }
  }

  describe(): { state: string; note: string } {
    const count = this.#running.size + this.#waiting.size
    return { state: 'working', note: `${count} task${count === 1 ? '' : 's'}` }
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
    for (const task of this.#waiting.values()) {
      if (task.topology !== topology) continue
      this.#waiting.delete(task.id)
      this.#start(task)
    }
  }

  // ---- tasks ------------------------------------------------------------------------------------

  #start(task: TaskSpec): void {
    if (this.#running.has(task.id)) return
    const loaded = this.#loaded.get(task.topology)
    if (loaded === undefined) {
      this.#waiting.set(task.id, task)
      return
    }
    const props = taskActor({
      id: task.id,
      work: () => this.#work(task, loaded),
      wipe: () => this.#ports.storage.wipe(task),
      report: (report) => this.#tell(task.id, report),
    })
    const ref = this.#self.spawn(props, task.id.replaceAll('/', ':'))
    this.#running.set(task.id, { task, ref, error: null })
    this.#self.watch(ref, () => ({ type: 'died', id: task.id }))
  }

  #work(task: TaskSpec, { deployment, plan }: Loaded): TaskWork {
    const { application, host, broker, settings, storage } = this.#ports
    const { topology, subtopology, partition, count } = task
    const part = plan.subtopologies.find(({ name }) => name === subtopology)
    if (part === undefined) throw subtopologyUnknown(task)
    const claim = { application, topology, subtopology, partition, partitions: count, host }
    const ports = {
      broker,
      clock: this.#self.clock,
      engines: () => storage.open(task),
      partitionCount: (topic: string) => deployment.topicPartitions[topic] ?? 1,
      globals: this.#globalsOf(deployment),
    }
    return new TaskWork(claim, part, ports, settings)
  }

  /** Those of a topology, shared by its tasks, which end before it is retired. */
  #globalsOf({ topology, topicPartitions }: Deployment): GlobalTables {
    const known = this.#globals.get(topology)
    if (known !== undefined) return known
    const { broker, storage, index } = this.#ports
    const globals = new GlobalTables({
      broker,
      clock: this.#self.clock,
      partitionCount: (topic) => topicPartitions[topic] ?? 1,
      engines: (store) => {
        const subtopology = `global.${store}`
        const id = `${topology}/${subtopology}/${index}`
        return storage.open({ id, topology, subtopology, partition: index, count: 1 })
      },
    })
    this.#globals.set(topology, globals)
    this.#self.scope.defer(`global tables of ${topology}`, () => globals.close())
    return globals
  }

  #stop(id: string, mode: 'clean' | 'dirty'): void {
    const running = this.#running.get(id)
    if (running !== undefined) running.ref.tell({ type: 'stop', mode })
    else if (this.#waiting.delete(id)) this.#news(id, 'closed', null)
  }

  #order(id: string, order: TaskOrder): void {
    this.#running.get(id)?.ref.tell({ type: order })
  }

  #tell(id: string, report: TaskReport): void {
    const running = this.#running.get(id)
    // `closed` is told when the actor is dead: only then its name is free for another life.
    if (report.type === 'state' && report.state !== 'closed') {
      if (running !== undefined && report.state.startsWith('running')) running.error = null
      this.#news(id, report.state, running?.error ?? null)
    }
    if ((report.type === 'failed' || report.type === 'fenced') && running !== undefined) {
      running.error = factsOf(report.error)
    }
  }

  #died(id: string): void {
    this.#running.delete(id)
    this.#news(id, 'closed', null)
  }

  #news(id: string, state: string, error: ErrorFacts | null): void {
    this.#ports.report({ type: 'news', news: { id, state, error: error ?? undefined } })
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
      case 'tasks':
        return this.#facts(reply)
      case 'store':
        return this.#rows(question, reply)
    }
  }

  #tree(): ActorSnapshot {
    return this.#ports.tree?.() ?? NO_TREE
  }

  #facts(reply: Reply<Answer>): void {
    const each = [...this.#running.values()].map(({ task, ref, error }) =>
      ref
        .ask<Facts>((to) => ({ type: 'facts', reply: to }), ASK_MS)
        .then(
          (facts) => this.#taskFacts(facts),
          (thrown: unknown) => this.#silentFacts(task.id, factsOf(asError(thrown)), error),
        ),
    )
    const waiting = [...this.#waiting.keys()].map((id) => this.#silentFacts(id, null, null))
    void Promise.all(each).then((tasks) =>
      reply.ok({ about: 'tasks', tasks: [...tasks, ...waiting] }),
    )
  }

  #taskFacts({ id, state, restarts, error, work }: Facts): TaskFacts {
    const positions = work?.positions ?? []
    const isWell = state.startsWith('running') || state === 'suspended'
    return {
      id,
      state,
      worker: this.#ports.index,
      epoch: work?.epoch ?? 0,
      records: work?.records ?? 0,
      dropped: work?.dropped ?? {},
      commits: work?.commits ?? 0,
      lag: positions.reduce((sum, { lag }) => sum + lag, 0),
      positions: positions.map(({ at, position, lag }) => ({ ...at, position, lag })),
      streamTime: work?.streamTime ?? 0,
      restored: work?.restored ?? 0,
      restoreEnd: work?.restoreEnd ?? 0,
      restarts,
      error: error === null || isWell ? null : factsOf(error),
    }
  }

  /** Of a task that cannot answer: it waits for its plan, or is ending. */
  #silentFacts(id: string, silence: ErrorFacts | null, error: ErrorFacts | null): TaskFacts {
    const none = { epoch: 0, records: 0, dropped: {}, commits: 0, lag: 0, positions: [] }
    const state = silence === null ? 'loading' : 'silent'
    const rest = { streamTime: 0, restored: 0, restoreEnd: 0, restarts: 0 }
    return { id, state, worker: this.#ports.index, ...none, ...rest, error: error ?? silence }
  }

  #rows(question: StoreQuestion, reply: Reply<Answer>): void {
    const running = this.#running.get(question.task)
    if (running === undefined) return reply.fail(taskAway(question.task))
    const toRows: Reply<readonly StoreRow[]> = {
      ok: (rows) => reply.ok({ about: 'store', rows }),
      fail: (error) => reply.fail(error),
    }
    const sent = running.ref.tell(query((state) => rowsOf(state, question), toRows))
    if (sent !== 'ok') reply.fail(taskAway(question.task))
  }
}

const ASK_MS = 2000
const NO_TREE: ActorSnapshot = {
  ...{ path: '', kind: 'worker', state: 'running', status: null, note: null, restarts: 0 },
  ...{ control: 0, data: 0, lastError: null, children: [] },
}

function factsOf(error: Error): ErrorFacts {
  if (!isMillraceError(error)) return { code: 'INTERNAL', what: error.message }
  const { code, what, where, hint, retry } = error
  return { code, what, where, hint, retry }
}

const taskAway = (id: string): MillraceError =>
  new MillraceError({ code: 'TASK_AWAY', what: `task ${id} does not run here`, retry: 'soon' })

const subtopologyUnknown = ({ id, subtopology }: TaskSpec): MillraceError =>
  new MillraceError({
    code: 'SUBTOPOLOGY_UNKNOWN',
    what: `task ${id} belongs to sub-topology '${subtopology}', which its topology does not have`,
    hint: 'Run one version of the topology on all hosts of an application',
  })
