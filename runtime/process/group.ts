// The group a host belongs to, as one thing to ask: its members, their tasks and trees, and the stores
// spread over them. What is here is asked here; the rest goes to the other hosts over the broker's bus.
// A host that does not answer is named in the outcome, never left out in silence.

import type {
  Answer,
  GlobalFacts,
  GlobalQuestion,
  Order,
  Question,
  StoreFacts,
  StoreQuestion,
  StoreRows,
  TaskFacts,
} from '#actors/host/messages'
import type { TraceQuestion, TraceReading } from '#actors/kernel/trace'
import type { ActorSnapshot } from '#actors/kernel/tree'
import { mayBeStale } from '#actors/query/bound'
import { hostOf, readersOf, usesGlobal } from '#actors/query/route'
import type { TaskHistory } from '#actors/task/messages'
import { factsOf } from '#protocols/core/error-facts'
import { asError, type ErrorFacts, isMillraceError, MillraceError } from '#protocols/core/errors'
import type { LogLevel } from '#protocols/core/log'
import { applicationKeys } from '#protocols/messages/membership'
import type { HostLogLevel } from '../telemetry/log-level.ts'
import type { ActorLevel } from '../telemetry/pino-logger.ts'
import { type GroupLook, lookIn } from './group-look.ts'
import { type HostFacts, hostFacts } from './host-facts.ts'
import { type Readiness, readiness } from './readiness.ts'
import type { RunningHost } from './running-host.ts'
import { SharedAnswers } from './shared-answers.ts'
import { threadFacts } from './thread-facts.ts'
import { fromWire, toWire } from './wire.ts'

/** What one host answered, or why it did not. */
export type FromHost<T> =
  | { readonly host: string; readonly value: T }
  | { readonly host: string; readonly error: string }

/** What screens show again and again: those that ask at a time share an answer. */
type Shown = 'tasks' | 'tree' | 'stores' | 'globals' | 'host'

type HostQuestion =
  | { readonly about: Shown }
  | { readonly about: 'trace'; readonly question: TraceQuestion }
  /** Null: it is only asked for. */
  | { readonly about: 'log-level'; readonly level: LogLevel | null }
  /** Null: the actors that are meant have none of their own from now on. */
  | { readonly about: 'actor-level'; readonly actor: string; readonly level: LogLevel | null }
  | { readonly about: 'store'; readonly question: StoreQuestion }
  | { readonly about: 'history'; readonly task: string }
  | ({ readonly about: 'order' } & Order)

export interface LogLevelFacts {
  readonly level: LogLevel
  /** What it was when the host began. */
  readonly initial: LogLevel
  /** Actors that have a level of their own. */
  readonly actors: readonly ActorLevel[]
}

/** What comes back over the bus. */
type Outcome<T> = { readonly value: T } | { readonly error: ErrorFacts }

const ANSWER_MS = 5000
/** Where somebody else may answer instead. */
const STALE_ANSWER_MS = 1000
const NO_ROWS: StoreRows = { rows: [], lag: 0, ageMs: null, positions: [] }

export class Group {
  readonly #host: RunningHost
  readonly #isStarted: () => boolean
  readonly #shared: SharedAnswers

  /** @param isStarted whether everything the host was started with is registered; default: it is */
  constructor(host: RunningHost, isStarted: () => boolean = () => true) {
    this.#host = host
    this.#isStarted = isStarted
    this.#shared = new SharedAnswers(() => host.parts.clock.now())
  }

  /** Of this host. */
  readiness(): Readiness {
    const { view, topologies, parts } = this.#host
    const isStarted = this.#isStarted()
    return readiness({ id: parts.id, view, topologies: topologies.values(), isStarted })
  }

  /** Answers what other hosts ask, until the result is called. */
  serve(): Promise<() => void> {
    const { broker, id } = this.#host.parts
    return broker.bus.serve(this.#subject(id), async (body) =>
      toWire(await outcomeOf(() => this.#answer(fromWire<HostQuestion>(body)))),
    )
  }

  /** What the broker has of the group: nothing, before the first host is a member. */
  look(): Promise<GroupLook> {
    const { broker, application } = this.#host.parts
    return this.#shared.ask('group', async () =>
      lookIn(await broker.keys.list(applicationKeys(application)), application),
    )
  }

  tasks(): Promise<readonly FromHost<readonly TaskFacts[]>[]> {
    return this.#lookAll('tasks')
  }

  stores(): Promise<readonly FromHost<readonly StoreFacts[]>[]> {
    return this.#lookAll('stores')
  }

  /** Undefined from hosts of a version that does not know. */
  globals(): Promise<readonly FromHost<readonly GlobalFacts[] | undefined>[]> {
    return this.#lookAll('globals')
  }

  trees(): Promise<readonly FromHost<readonly ActorSnapshot[]>[]> {
    return this.#lookAll('tree')
  }

  /** What the actors that somebody follows did, on each thread of every host. */
  traces(question: TraceQuestion): Promise<readonly FromHost<readonly TraceReading[]>[]> {
    return this.#askAll({ about: 'trace', question })
  }

  /** What every host says of itself. */
  facts(): Promise<readonly FromHost<HostFacts>[]> {
    return this.#lookAll('host')
  }

  /** The levels of logs, of every host or of one, after they were set to `level`, if it is given. */
  async logLevels(
    only?: string,
    level: LogLevel | null = null,
  ): Promise<readonly FromHost<LogLevelFacts>[]> {
    const question = { about: 'log-level', level } as const
    return only === undefined ? this.#askAll(question) : [await this.#askOne(only, question)]
  }

  /** The same, after the actors that `actor` means got a level of their own, or lost it. */
  async actorLevels(
    only: string | undefined,
    actor: string,
    level: LogLevel | null,
  ): Promise<readonly FromHost<LogLevelFacts>[]> {
    const question = { about: 'actor-level', actor, level } as const
    return only === undefined ? this.#askAll(question) : [await this.#askOne(only, question)]
  }

  /** What one says; a host that is no member does not answer. */
  factsOf(host: string): Promise<FromHost<HostFacts>> {
    return this.#askOne(host, { about: 'host' })
  }

  /**
   * Asks the part of a store that a task keeps, wherever the task is; with a bound in lag or time, a standby too.
   * @throws MillraceError TASK_AWAY while it is on its way between hosts; STANDBY_BEHIND, STORE_BEHIND
   */
  rows(question: StoreQuestion): Promise<StoreRows> {
    const asked = { about: 'store', question } as const
    if (mayBeStale(question)) return this.#askReaders(question.task, asked)
    return this.#askOwner(question.task, asked)
  }

  /**
   * Asks this host's copy of a global table, that of a worker which has one for its tasks before others.
   * @throws MillraceError GLOBAL_UNREADY, STORE_BEHIND
   */
  async globalRows(question: GlobalQuestion): Promise<StoreRows> {
    const { topology, store } = question
    const { topologies, view } = this.#host
    const plan = topologies.get(topology)?.plan
    const user = view.roster
      .of('active')
      .find(
        ({ task }) =>
          task.topology === topology && plan && usesGlobal(plan, task.subtopology, store),
      )
    const worker = user?.worker ?? 0
    const answer = await this.#host.ask(worker, { about: 'global', ...question }, ANSWER_MS)
    return answer.about === 'store' ? answer : NO_ROWS
  }

  /**
   * What a task did lately where it runs; undefined from a host of a version that does not know.
   * @throws MillraceError TASK_AWAY
   */
  history(task: string): Promise<TaskHistory | null | undefined> {
    return this.#askOwner(task, { about: 'history', task })
  }

  /** @throws MillraceError TASK_UNKNOWN, TASK_AWAY */
  async order(order: Order): Promise<void> {
    const { id } = order
    const { target } = this.#host.view.placement
    if (!Object.hasOwn(target, id)) throw taskUnknown(id, Object.keys(target))
    await this.#askOwner(id, { about: 'order', ...order })
  }

  async #askOwner<T>(task: string, question: HostQuestion): Promise<T> {
    const { id } = this.#host.parts
    const owner = hostOf(this.#host.view.placement, task)
    if (owner === null) throw taskAway(task)
    // What a host answers depends on the question alone.
    if (owner === id) return (await this.#answer(question)) as T
    return this.#askHost<T>(owner, question)
  }

  /** The first answer there is; else what says that there may be one soon. */
  async #askReaders<T>(task: string, question: HostQuestion): Promise<T> {
    const { id } = this.#host.parts
    let refusal: unknown = taskAway(task)
    for (const host of readersOf(this.#host.view.placement, task, id)) {
      try {
        if (host === id) return (await this.#answer(question)) as T // as above
        return await this.#askHost<T>(host, question, STALE_ANSWER_MS)
      } catch (thrown) {
        if (!isMillraceError(thrown) || thrown.retry !== 'soon') throw thrown
        refusal = thrown
      }
    }
    throw refusal
  }

  #lookAll<T>(about: Shown): Promise<readonly FromHost<T>[]> {
    return this.#shared.ask(about, () => this.#askAll<T>({ about }))
  }

  async #askAll<T>(question: HostQuestion): Promise<readonly FromHost<T>[]> {
    const { members } = await this.look()
    return Promise.all(members.map(({ id }) => this.#askOne<T>(id, question)))
  }

  async #askOne<T>(host: string, question: HostQuestion): Promise<FromHost<T>> {
    try {
      const isHere = host === this.#host.parts.id
      const value = isHere ? await this.#answer(question) : await this.#askHost<T>(host, question)
      return { host, value: value as T } // as above
    } catch (thrown) {
      return { host, error: asError(thrown).message }
    }
  }

  async #askHost<T>(host: string, question: HostQuestion, timeoutMs = ANSWER_MS): Promise<T> {
    const { bus } = this.#host.parts.broker
    const answer = await bus.request(this.#subject(host), toWire(question), timeoutMs)
    const outcome = fromWire<Outcome<T>>(answer)
    if ('error' in outcome) throw new MillraceError(outcome.error)
    return outcome.value
  }

  #answer(question: HostQuestion): Promise<unknown> {
    switch (question.about) {
      case 'tasks':
        return this.tasksHere()
      case 'tree':
        return this.treesHere()
      case 'stores':
        return this.storesHere()
      case 'globals':
        return this.globalsHere()
      case 'host':
        return this.factsHere()
      case 'trace':
        return this.#tracesHere(question.question)
      case 'log-level':
        return this.#logLevelHere((own) => question.level !== null && own.set(question.level))
      case 'actor-level':
        return this.#logLevelHere((own) => own.setActor(question.actor, question.level))
      case 'store':
        return this.#rowsHere(question.question)
      case 'order':
        return this.#orderHere(question)
      case 'history':
        return this.#historyHere(question.task)
    }
  }

  async #tracesHere(trace: TraceQuestion): Promise<readonly TraceReading[]> {
    const here = this.#host.trace(trace)
    if (this.#host.parts.workers === 0) return [here]
    const answers = await this.#askWorkers({ about: 'trace', trace })
    const readings = answers.flatMap((it) => (it.about === 'trace' ? [it.trace] : []))
    return [here, ...readings]
  }

  async #logLevelHere(
    change: (own: Pick<HostLogLevel, 'set' | 'setActor'>) => unknown,
  ): Promise<LogLevelFacts> {
    const { logLevel } = this.#host.parts
    if (logLevel === undefined) throw logForeign()
    change(logLevel)
    return { ...logLevel.now, initial: logLevel.initial }
  }

  async #orderHere({ id, order, at }: Order): Promise<true> {
    if (this.#host.view.roster.get(id) === undefined) throw taskAway(id)
    this.#host.order({ id, order, at })
    return true
  }

  /** Of this host alone, as the next ones. */
  async tasksHere(): Promise<readonly TaskFacts[]> {
    const answers = await this.#askWorkers({ about: 'tasks' })
    return answers.flatMap((answer) => (answer.about === 'tasks' ? answer.tasks : []))
  }

  async storesHere(): Promise<readonly StoreFacts[]> {
    const answers = await this.#askWorkers({ about: 'stores' })
    return answers.flatMap((answer) => (answer.about === 'stores' ? answer.stores : []))
  }

  async globalsHere(): Promise<readonly GlobalFacts[]> {
    const answers = await this.#askWorkers({ about: 'globals' })
    return answers.flatMap((answer) => (answer.about === 'globals' ? answer.globals : []))
  }

  /** The main thread's tree, then one for each worker thread. */
  async treesHere(): Promise<readonly ActorSnapshot[]> {
    const trees = [this.#host.tree()]
    if (this.#host.parts.workers === 0) return trees
    const answers = await this.#askWorkers({ about: 'tree' })
    return [
      ...trees,
      ...answers.flatMap((answer) => (answer.about === 'tree' ? [answer.tree] : [])),
    ]
  }

  async factsHere(): Promise<HostFacts> {
    const { deadLetters, topologies } = this.#host
    // A worker without a thread of its own says nothing of one, and that it lives.
    const answers = await this.#askWorkers({ about: 'thread' })
    const threads = answers.flatMap((answer) =>
      answer.about === 'thread' && answer.thread !== null ? [answer.thread] : [],
    )
    const { ready } = this.readiness()
    return hostFacts([...topologies.keys()], ready, [threadFacts(null, deadLetters), ...threads])
  }

  async #historyHere(task: string): Promise<TaskHistory | null> {
    const entry = this.#host.view.roster.get(task)
    if (entry === undefined) throw taskAway(task)
    const answer = await this.#host.ask(entry.worker, { about: 'history', task }, ANSWER_MS)
    return answer.about === 'history' ? answer.history : null
  }

  async #rowsHere(question: StoreQuestion): Promise<StoreRows> {
    const entry = this.#host.view.roster.get(question.task)
    if (entry === undefined) throw taskAway(question.task)
    const answer = await this.#host.ask(entry.worker, { about: 'store', ...question }, ANSWER_MS)
    return answer.about === 'store' ? answer : NO_ROWS
  }

  #askWorkers(
    question: Exclude<Question, { about: 'store' | 'global' | 'history' }>,
  ): Promise<readonly Answer[]> {
    const count = Math.max(1, this.#host.parts.workers)
    const each = Array.from({ length: count }, (_, n) => this.#host.ask(n, question, ANSWER_MS))
    return Promise.all(each)
  }

  #subject(host: string): string {
    return `${this.#host.parts.application}/hosts/${host}`
  }
}

const logForeign = (): MillraceError =>
  new MillraceError({
    code: 'LOG_FOREIGN',
    what: "its log is one that its program brought, whose level is not the host's",
  })

async function outcomeOf(answer: () => Promise<unknown>): Promise<Outcome<unknown>> {
  try {
    return { value: await answer() }
  } catch (thrown) {
    return { error: factsOf(thrown) }
  }
}

export const taskUnknown = (id: string, known: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'TASK_UNKNOWN',
    what: `there is no task ${id}`,
    hint:
      known.length > 0 ? `Tasks here: ${known.slice(0, 8).join(', ')}` : 'No task is placed yet',
  })

const taskAway = (task: string): MillraceError =>
  new MillraceError({
    code: 'TASK_AWAY',
    what: `task ${task} runs nowhere at this moment`,
    hint: 'It is being moved or restarted; ask again',
    retry: 'soon',
  })
