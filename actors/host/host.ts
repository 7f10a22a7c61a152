// The host actor: a process's membership in its application. It keeps what it runs true to the
// placement: starts the tasks it was granted and the standbys it should keep on the least busy of its
// workers, closes the others. The workers and the coordinator are its children.
//
// Invariants: (1) its record lists a task from before it is started until after it is closed; (2) a
// worker that begins again has no tasks, and gets its own anew; (3) after it was told to stop, it
// starts nothing; (4) a standby is closed before its task is started here, and a task before its standby:
// on one worker by the worker, which is told to start the task, else by the host;
// (5) its record offers to run a topology once all its workers could: who has a task until then goes on;
// (6) while it is fenced it runs nothing, whatever was granted, and commits nothing on the way there.

import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import {
  assignmentKey,
  type Member,
  NOTHING_PLACED,
  type Placement,
  wishesKey,
} from '#protocols/messages/membership'
import type { CoordinatorPorts } from '../coordinator/coordinator.ts'
import { coordinationTrouble, coordinator } from '../coordinator/coordinator.ts'
import type { ActorRef, Behavior, Props, Reply, Self } from '../kernel/actor.ts'
import { Chart } from '../kernel/chart.ts'
import type { Trouble } from '../kernel/trouble.ts'
import { Deployments } from './deployments.ts'
import { HandOver, UNHEARD_MS } from './hand-over.ts'
import { type Look, look } from './look.ts'
import { type HostCommand, type HostEvent, hostMachine } from './machine.ts'
import { hostIdTaken, Membership } from './membership.ts'
import type {
  Answer,
  Deployment,
  FromWorker,
  Order,
  Question,
  TaskNews,
  TaskRole,
  TaskSpec,
  ToWorker,
} from './messages.ts'
import { Occasions } from './occasions.ts'
import { Questions } from './questions.ts'
import { Roster, type RosterEntry } from './roster.ts'

export interface HostPorts
  extends Pick<CoordinatorPorts, 'application' | 'standbys' | 'isGone' | 'tracer'> {
  readonly broker: Broker
  /** Names the host for good; one living process at a time. */
  readonly id: string
  readonly pid: number
  /** Where its admin socket listens; empty when it has none. */
  readonly socket: string
  /** Threads that run tasks; with 0 one worker runs beside everything else. */
  readonly workers: number
  /** How much it takes of the work, beside the others; default 1. */
  readonly capacity?: number | undefined
  /** What it shares with hosts that may fail together with it; default: nothing. */
  readonly zone?: string | undefined
  /** Of the program it runs, as its author calls it; default: nobody said. */
  readonly version?: string | undefined
  /** A host that did not renew its record for this long is taken for dead, ms. */
  readonly sessionTimeoutMs: number
  /** The `n`th worker, which tells `report` what it has to say. */
  worker(n: number, report: (message: FromWorker) => void): Props<ToWorker>
  /** Called when it joined, or with what keeps it from joining, or from ever being one again: the broker is out of reach. */
  onJoined(refusal: Error | null): void
}

export type HostMessage =
  | HostEvent
  | { readonly type: 'deploy'; readonly deployment: Deployment }
  /** Answered when none of its tasks is held any more. */
  | { readonly type: 'retire'; readonly topology: string; readonly reply: Reply<void> }
  /** It is to end: answered when it need not wait for others to copy what it runs. */
  | { readonly type: 'hand-over'; readonly reply: Reply<void> }
  | { readonly type: 'unheard' }
  | { readonly type: 'from-worker'; readonly worker: number; readonly message: FromWorker }
  | {
      readonly type: 'question'
      readonly worker: number
      readonly question: Question
      readonly reply: Reply<Answer>
    }
  | ({ readonly type: 'order' } & Order)
  | ({ readonly type: 'placed' } & Look)

/** What others may read of a host without asking it; changed by the host alone. */
export class HostView {
  readonly roster = new Roster()
  placement: Placement = NOTHING_PLACED
  /** Operators want it to be as good as gone. */
  isFenced = false
  state = 'joining'
}

interface Wanted {
  readonly task: TaskSpec
  readonly role: TaskRole
}

export const hostActor = (ports: HostPorts, view: HostView): Props<HostMessage> => ({
  kind: 'host',
  // Long enough for its tasks to commit and seal.
  shutdownMs: 30_000,
  make: (self) => new Host(ports, view, self),
})

class Host implements Behavior<HostMessage> {
  readonly #ports: HostPorts
  readonly #view: HostView
  readonly #self: Self<HostMessage>
  readonly #chart: Chart<typeof hostMachine, HostCommand>
  readonly #membership: Membership
  readonly #workers: readonly ActorRef<ToWorker>[]
  readonly #deployments: Deployments
  readonly #occasions: Occasions
  readonly #retiring = new Map<string, Reply<void>>()
  readonly #questions: Questions
  readonly #handOver = new HandOver()
  readonly #incarnation: string
  readonly #trouble: Trouble
  readonly #startedAt: number
  #coordinator: ActorRef<never> | null = null
  #over: (() => void) | null = null

  constructor(ports: HostPorts, view: HostView, self: Self<HostMessage>) {
    this.#ports = ports
    this.#view = view
    this.#self = self
    this.#trouble = coordinationTrouble(self)
    this.#startedAt = self.clock.now()
    this.#incarnation = `${this.#startedAt.toString(36)}-${Math.floor(self.random.next() * 2 ** 32).toString(36)}`
    this.#membership = new Membership({
      keys: ports.broker.keys,
      clock: self.clock,
      application: ports.application,
      id: ports.id,
      sessionTimeoutMs: ports.sessionTimeoutMs,
      document: () => this.#document(),
      isGone: (member) => ports.isGone(member),
    })
    this.#workers = Array.from({ length: Math.max(1, ports.workers) }, (_, n) => this.#hire(n))
    this.#questions = new Questions(this.#workers)
    this.#deployments = new Deployments(this.#workers.length)
    this.#occasions = new Occasions(ports.id)
    this.#chart = new Chart(hostMachine, self.clock, (command) => this.#obey(command))
    self.scope.defer('stop chart', () => this.#chart.stop())
    const changed = (): void => void self.ref.tell({ type: 'CHANGED' })
    const { broker, application } = ports
    self.scope.defer('watch placement', broker.keys.watch(assignmentKey(application), changed))
    self.scope.defer('watch wishes', broker.keys.watch(wishesKey(application), changed))
    self.timers.every('tick', ports.sessionTimeoutMs / 4, { type: 'TICK' })
    this.#chart.start()
  }

  receive(message: HostMessage): void {
    switch (message.type) {
      case 'deploy':
        return this.#deploy(message.deployment)
      case 'retire':
        return this.#retire(message.topology, message.reply)
      case 'hand-over':
        return this.#beginHandOver(message.reply)
      case 'unheard':
        return this.#handOver.late()
      case 'from-worker':
        return this.#hear(message.worker, message.message)
      case 'question':
        return this.#questions.ask(message.worker, message.question, message.reply)
      case 'order':
        return this.#order(message)
      case 'placed':
        this.#see(message)
        this.#reconcile()
        if (message.isAlone) this.#handOver.end()
        return this.#advance({ type: 'LOOKED' })
      default:
        return this.#advance(message)
    }
  }

  stopping(): Promise<void> {
    return new Promise((resolve) => {
      this.#over = resolve
      this.#advance({ type: 'STOP' })
    })
  }

  describe(): { state: string; note: string } {
    const { roster } = this.#view
    const [tasks, standbys] = [roster.of('active').length, roster.of('standby').length]
    const copies = standbys === 0 ? '' : `, ${plural(standbys, 'standby')}`
    const fence = this.#view.isFenced ? ', fenced' : ''
    const end = this.#handOver.isUnderWay ? ', handing over' : ''
    const note = `${this.#ports.id}, ${plural(tasks, 'task')}${copies}${fence}${end}`
    return { state: this.#chart.state, note }
  }

  // ---- its own life -----------------------------------------------------------------------------

  #advance(event: HostEvent): void {
    this.#chart.tell(event)
    this.#view.state = this.#chart.state
    if (event.type === 'JOINED' && this.#isMember) this.#begin()
    this.#handOver.see(event)
    if (event.type === 'RENEWED') this.#trouble.end()
    if (event.type === 'ID_TAKEN') this.#ports.onJoined(hostIdTaken(this.#ports.id))
    if (event.type === 'EVICTED') this.#mourn()
    if (event.type === 'LEFT') {
      const { id, application } = this.#ports
      this.#self.log.log('info', 'HOST_LEFT', `host ${id} left ${application}`)
    }
    if (this.#chart.isOver) this.#over?.()
  }

  #mourn(): void {
    const { id } = this.#ports
    const what = `host ${id} lost its membership; its tasks begin anew when it has joined again`
    this.#self.log.log('warn', 'HOST_EVICTED', what)
  }

  #obey({ type }: HostCommand): void {
    const membership = this.#membership
    switch (type) {
      case 'join':
        return this.#await(membership.join(), (isOurs) => (isOurs ? 'JOINED' : 'ID_TAKEN'))
      case 'renew':
        return this.#renew()
      case 'look':
        return this.#look()
      case 'abandon':
        return this.#closeAll('dirty')
      case 'close':
        return this.#closeAll('clean')
      case 'leave':
        return this.#await(membership.leave(), () => 'LEFT')
    }
  }

  #await<T>(outcome: Promise<T>, event: (value: T) => HostEvent['type']): void {
    this.#self.pipe(
      outcome,
      (value) => ({ type: event(value) }),
      (error) => this.#failed(error),
    )
  }

  #failed(error: Error): HostMessage {
    this.#trouble.meet(error)
    if (isMillraceError(error, 'DIRECTORY_REPLACED')) this.#ports.onJoined(error)
    return { type: 'FAILED' }
  }

  #begin(): void {
    const { application, id, broker, sessionTimeoutMs, standbys } = this.#ports
    this.#self.log.log('info', 'HOST_JOINED', `host ${id} joined ${application}`)
    if (this.#coordinator === null) {
      const props = coordinator({
        ...{ keys: broker.keys, application, host: id, incarnation: this.#incarnation },
        ...{ leaseMs: sessionTimeoutMs / 2, standbys },
        isGone: (member) => this.#ports.isGone(member),
        tracer: () => this.#ports.tracer?.() ?? null,
      })
      this.#coordinator = this.#self.spawn(props, 'coordinator')
    }
    this.#ports.onJoined(null)
  }

  /** Says what changed without waiting for the next tick; before it joined there is nobody to tell. */
  #renew(): void {
    if (!this.#isMember) return
    this.#await(this.#membership.renew(), (isOurs) => (isOurs ? 'RENEWED' : 'EVICTED'))
  }

  #document(): Member {
    const { id, pid, socket, workers, capacity, zone, version } = this.#ports
    return {
      id,
      incarnation: this.#incarnation,
      pid,
      socket,
      workers,
      capacity,
      zone,
      version,
      ...this.#handOver.said(this.#isLeaving),
      startedAt: this.#startedAt,
      ...this.#deployments.offer,
      held: this.#view.roster.of('active').map(({ task }) => task.id),
      copies: Object.fromEntries(
        this.#view.roster.of('standby').map(({ task, lag }) => [task.id, lag]),
      ),
    }
  }

  get #isMember(): boolean {
    return this.#chart.state.startsWith('active') || this.#chart.state === 'leaving'
  }

  get #isLeaving(): boolean {
    return ['leaving', 'parting', 'left'].includes(this.#chart.state)
  }

  // ---- what it runs -----------------------------------------------------------------------------

  #deploy(deployment: Deployment): void {
    this.#deployments.add(deployment)
    for (const worker of this.#workers) worker.tell({ type: 'deploy', deployment })
  }

  #retire(topology: string, reply: Reply<void>): void {
    this.#deployments.remove(topology)
    this.#retiring.set(topology, reply)
    this.#reconcile()
    this.#renew()
    this.#settleRetirements()
  }

  #settleRetirements(): void {
    for (const [topology, reply] of this.#retiring) {
      if (this.#view.roster.entries.some(({ task }) => task.topology === topology)) continue
      this.#retiring.delete(topology)
      for (const worker of this.#workers) worker.tell({ type: 'retire', topology })
      reply.ok()
    }
  }

  /** Its record says that it drains, and it goes on as it is granted: who leads has its tasks copied. */
  #beginHandOver(reply: Reply<void>): void {
    this.#handOver.begin(reply)
    this.#self.timers.once('unheard', UNHEARD_MS, { type: 'unheard' })
    this.#renew()
    this.#advance({ type: 'CHANGED' })
    this.#settleHandOver()
  }

  #settleHandOver(): void {
    const running = this.#view.roster.of('active')
    if (!running.some(({ task }) => this.#deployments.keeps(task))) this.#handOver.end()
  }

  #look(): void {
    this.#self.pipe(
      look(this.#ports, this.#handOver.isUnderWay),
      (seen) => ({ type: 'placed', ...seen }),
      (error) => this.#failed(error),
    )
  }

  #see({ placement, isFenced }: Pick<HostView, 'placement' | 'isFenced'>): void {
    if (isFenced !== this.#view.isFenced) {
      const what = isFenced ? 'is fenced: it abandons what it runs' : 'is not fenced any more'
      const code = isFenced ? 'HOST_FENCED' : 'HOST_UNFENCED'
      this.#self.log.log('warn', code, `host ${this.#ports.id} ${what}`)
    }
    this.#view.placement = placement
    this.#view.isFenced = isFenced
    this.#occasions.see(placement)
    const { log } = this.#self
    for (const it of this.#deployments.notices(placement.active))
      log.log(it.level, it.code, it.what)
  }

  /** Starts what it should run or keep and does not, closes what it should not, or not in this role. */
  #reconcile(): void {
    const { roster, placement, isFenced } = this.#view
    const wanted = this.#wanted(placement)
    const workerFor = ({ subtopology }: TaskSpec, role: TaskRole): number =>
      roster.leastBusy(this.#workers.length, subtopology, role)
    const starting: TaskSpec[] = []
    for (const { task, role, isClosing, worker } of roster.entries) {
      const want = wanted.get(task.id)?.role
      if (isClosing || want === role) continue
      if (want === 'active' && worker === workerFor(task, want)) {
        roster.promote(task.id)
        starting.push(task)
      } else this.#close(task.id, isFenced ? 'dirty' : 'clean')
    }
    for (const { task, role } of wanted.values()) {
      if (roster.get(task.id) !== undefined) continue
      roster.add(task, role, workerFor(task, role))
      starting.push(task)
    }
    if (starting.length === 0) return
    // The record first: nobody else is granted what we are about to start.
    this.#renew()
    for (const task of starting) this.#start(task)
  }

  /** What the placement has for this host; to run a task goes before keeping a copy of it. */
  #wanted({ granted, standbys }: Placement): ReadonlyMap<string, Wanted> {
    const wanted = new Map<string, Wanted>()
    if (!this.#chart.state.startsWith('active') || this.#view.isFenced) return wanted
    const want = (id: string, role: TaskRole): void => {
      const task = this.#deployments.task(id)
      if (task !== null) wanted.set(id, { task, role })
    }
    const { id: me } = this.#ports
    for (const [id, hosts] of Object.entries(standbys)) if (hosts.includes(me)) want(id, 'standby')
    for (const [id, owner] of Object.entries(granted)) if (owner === me) want(id, 'active')
    return wanted
  }

  #start(task: TaskSpec): void {
    const entry = this.#view.roster.get(task.id)
    if (entry === undefined) return
    const { role, worker } = entry
    const by = this.#occasions.take(task.id, role)
    this.#workers[worker]?.tell({ type: 'start', task, role, by })
  }

  #close(id: string, mode: 'clean' | 'dirty'): void {
    const entry = this.#view.roster.get(id)
    if (entry === undefined) return
    this.#view.roster.change(id, { isClosing: true })
    const { worker, role } = entry
    this.#workers[worker]?.tell({ type: 'stop', id, mode, by: this.#occasions.take(id, role) })
  }

  #closeAll(mode: 'clean' | 'dirty'): void {
    for (const id of this.#view.roster.ids) this.#close(id, mode)
    if (this.#view.roster.size === 0) this.#self.post({ type: 'EMPTY' })
  }

  // ---- its workers ------------------------------------------------------------------------------

  #hire(n: number): ActorRef<ToWorker> {
    // Never refused: that a task closed is said once, and a host that missed it would wait for ever.
    const report = (message: FromWorker): void => {
      this.#self.post({ type: 'from-worker', worker: n, message })
    }
    return this.#self.spawn(this.#ports.worker(n, report), `worker-${n}`)
  }

  #hear(worker: number, message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return this.#equip(worker)
      case 'loaded':
        if (this.#deployments.load(message.topology, worker)) this.#renew()
        return
      case 'news':
        return this.#note(message.news)
      case 'answer':
      case 'refusal':
        return this.#questions.hear(message)
    }
  }

  #equip(worker: number): void {
    this.#questions.forget(worker)
    for (const deployment of this.#deployments.all) {
      this.#workers[worker]?.tell({ type: 'deploy', deployment })
    }
    this.#view.roster.removeWorker(worker)
    this.#settleHeld()
    this.#reconcile()
  }

  #note(news: TaskNews): void {
    const { roster } = this.#view
    const before = roster.get(news.id)
    if (news.state !== 'closed') return this.#update(news, before)
    roster.remove(news.id)
    // What it made room for: a task for its standby, or a standby for the task.
    if (before?.isClosing === true) this.#reconcile()
    this.#settleHeld()
    // It may be ours still, or again: a fenced task ends whatever the placement says.
    this.#advance({ type: 'CHANGED' })
  }

  #update({ id, state, error, lag }: TaskNews, before: RosterEntry | undefined): void {
    const isWell = state.startsWith('running') || state === 'following'
    const change = { state, error: error ?? (isWell ? null : (before?.error ?? null)) }
    this.#view.roster.change(id, lag === undefined ? change : { ...change, lag })
    // Others wait for a copy to be fresh; how far it is otherwise can wait for the next tick.
    if (lag === undefined || before?.role !== 'standby') return
    if (this.#isFresh(lag) !== this.#isFresh(before.lag)) this.#renew()
  }

  #isFresh(lag: number): boolean {
    return lag >= 0 && lag <= this.#ports.standbys.acceptableLag
  }

  /** Something is no longer held: whoever waits for that is told. */
  #settleHeld(): void {
    this.#settleRetirements()
    this.#settleHandOver()
    if (this.#view.roster.size === 0) this.#advance({ type: 'EMPTY' })
    if (!this.#chart.isOver) this.#renew()
  }

  #order(message: Extract<ToWorker, { type: 'order' }>): void {
    const entry = this.#view.roster.get(message.id)
    if (entry !== undefined) this.#workers[entry.worker]?.tell(message)
  }
}
