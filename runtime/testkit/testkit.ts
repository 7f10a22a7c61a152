// testkit: a topology under a hand-turned clock. It is the production runtime, every actor, claim and
// commit of it; only the broker's engine is memory and time is yours. Several hosts can run, be killed
// and come back; the same seed gives the same run.

import type { GlobalFacts, TaskFacts, TaskOrder } from '#actors/host/messages'
import type { Broker } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { MillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { silent } from '#protocols/core/log'
import { encoded } from '#protocols/serdes/whole'
import { MemoryData } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import type { Addressable, Askable } from '../dsl/actor.ts'
import type { Definition } from '../dsl/definition.ts'
import { type Duration, durationMs } from '../dsl/duration.ts'
import type { Topic } from '../dsl/topic.ts'
import { type ActorHandle, ActorPost } from '../process/actor-post.ts'
import { refuseMissingActors } from '../process/missing-actors.ts'
import type { StandbyOptions } from '../process/standby-settings.ts'
import { type ReadOptions, type StoreQuery, storeQuery } from '../process/store-query.ts'
import type { TaskOptions } from '../process/task-settings.ts'
import { seededRandom } from './seeded-random.ts'
import { SimulatedClock } from './simulated-clock.ts'
import {
  type Disk,
  type HostPlace,
  openBrokerOf,
  type Program,
  SimulatedHost,
  type World,
} from './simulated-host.ts'
import { stuck } from './stuck.ts'
import { TestTopic } from './test-topic.ts'

export type { ReadRecord } from '../process/typed-records.ts'
export { SimulatedClock } from './simulated-clock.ts'
export type { HostPlace, Program } from './simulated-host.ts'
export type { TestRecord, TestTopic } from './test-topic.ts'

export interface TestkitOptions extends TaskOptions, StandbyOptions {
  /** Partitions of topics that do not say; default 1. */
  readonly partitions?: number | undefined
  /** Hosts that share the tasks; default 1. */
  readonly hosts?: number | undefined
  /** Decides every order that real time would decide. Default: things run first in, first out. */
  readonly seed?: number | undefined
  /** What the wall clock shows at first, ms since 1970; default: some day in 2023. */
  readonly startMs?: number | undefined
  /** Keep stores in LMDB below this directory, as production does; default: in memory. */
  readonly stateDirectory?: string | undefined
  /** Puts something between each host and the broker: faults of your choice. */
  readonly broker?: ((broker: Broker, host: HostPlace) => Broker) | undefined
  readonly log?: Logger | undefined
}

/** Starts hosts that run the topologies, and waits until every task runs. */
export async function testkit(
  topologies: Definition | readonly Definition[],
  options: TestkitOptions = {},
): Promise<Testkit> {
  // A list of definitions, or one of them.
  const list = 'kind' in topologies ? [topologies] : [...topologies]
  const kit = new Testkit(list, options)
  await kit.begin(options.hosts ?? 1)
  return kit
}

/** A task as its host shows it. */
export type HostedTask = TaskFacts & { readonly host: string }

/** A worker's copy of a global table as its host shows it. */
export type HostedGlobal = GlobalFacts & { readonly host: string }

export class Testkit implements AsyncDisposable {
  readonly clock: SimulatedClock
  readonly #topologies: readonly Definition[]
  readonly #world: World
  readonly #broker: Broker
  readonly #disks = new Map<string, Disk>()
  readonly #hosts = new Map<string, SimulatedHost>()
  readonly #topics = new Map<string, TestTopic<unknown, unknown>>()
  readonly #partitions = new Map<string, number>()
  #processes = 0
  #post: ActorPost | null = null

  constructor(topologies: readonly Definition[], options: TestkitOptions) {
    const random = seededRandom(options.seed ?? 1)
    this.clock = new SimulatedClock(options.seed === undefined ? null : random, options.startMs)
    this.#topologies = topologies
    this.#world = {
      clock: this.clock,
      random,
      log: options.log ?? silent,
      records: new MemoryData(),
      hall: new DoorbellHall(),
      application: 'test',
      partitions: options.partitions ?? 1,
      options,
      isGone: ({ socket }) =>
        ![...this.#hosts.values()].some((it) => it.isAlive && it.socket === socket),
    }
    this.#broker = openBrokerOf(this.#world, this.clock.process())
  }

  /** The broker under it, for what the testkit has no word for. */
  get broker(): Broker {
    return this.#broker
  }

  /** What each host kept, by host and task, to be looked at; nothing where stores are in LMDB. */
  get disks(): ReadonlyMap<string, ReadonlyMap<string, MemoryData>> {
    return this.#disks
  }

  async begin(hosts: number): Promise<void> {
    for (let n = 1; n <= hosts; n++) await this.start(`host-${n}`)
    await this.#learnTopics()
  }

  /** Whether it was started, and neither ended nor failed to start. */
  isAlive(id: string): boolean {
    return this.#hosts.get(id)?.isAlive === true
  }

  /**
   * Starts a host, again under an id that ran before: it finds its state on its disk. One that is refused
   * ends, as its process would, also where that comes out later.
   * @param topologies what its program has, where that is of another version than the others'
   */
  async start(
    id: string,
    topologies: readonly Definition[] = this.#topologies,
    program: Program = {},
  ): Promise<void> {
    if (this.#hosts.get(id)?.isAlive) throw hostRuns(id)
    let disk = this.#disks.get(id)
    if (disk === undefined) {
      disk = new Map()
      this.#disks.set(id, disk)
    }
    const host = new SimulatedHost(id, `process-${++this.#processes}`, this.#world, disk, program)
    this.#hosts.set(id, host)
    const brought = this.#bring(host, topologies)
    brought.catch(() => host.kill())
    await this.#settled(`t.start('${id}')`, brought)
    await this.clock.settle()
  }

  /** Ends a host as kill -9 does. The others notice at their next look at it, within seconds of the clock. */
  kill(id: string): void {
    this.#host(id).kill()
  }

  /** Stops a host where it is, as SIGSTOP does: to the others it looks dead, and it does not know. */
  pause(id: string): void {
    this.#host(id).pause()
  }

  /** Lets a paused host go on. */
  resume(id: string): void {
    this.#host(id).resume()
  }

  /** Ends a host cleanly. */
  async stop(id: string): Promise<void> {
    await this.#settled(`t.stop('${id}')`, this.#host(id).stop())
    await this.clock.settle()
  }

  /** A topic that a topology reads or writes. */
  topic<K, V>(topic: Topic<K, V>): TestTopic<K, V> {
    let found = this.#topics.get(topic.name)
    if (found === undefined) {
      const partitions = this.#partitions.get(topic.name)
      if (partitions === undefined) throw topicUnknown(topic.name, [...this.#partitions.keys()])
      // The map holds topics of every type alike; each under the name its type belongs to.
      const erased = topic as Topic<unknown, unknown>
      found = new TestTopic(erased, partitions, this.#broker, () => this.clock.now())
      this.#topics.set(topic.name, found)
    }
    return found as TestTopic<K, V>
  }

  /**
   * A store, asked as in production; the clock stands still meanwhile, unless a question has a time-out.
   * @param host who is asked first; default: any that lives
   */
  store<K = unknown, V = unknown>(name: string, host?: string): StoreQuery<K, V> {
    const { group, running } = host === undefined ? this.#anyHost() : this.#host(host)
    const query = storeQuery<K, V>(name, {
      group,
      clock: this.clock,
      topologies: () => running.topologies.values(),
      patienceMs: 0,
    })
    const asked = <T>(how: string, answer: Promise<T>, options: ReadOptions = {}): Promise<T> =>
      this.#asked(`t.store('${name}').${how}`, answer, options.timeout)
    return {
      keySerde: query.keySerde,
      windowKeySerde: query.windowKeySerde,
      get: (key, options) => asked('get', query.get(key, options), options),
      read: (key, options) => asked('read', query.read(key, options), options),
      range: (options) => asked('range', query.range(options), options),
      rows: (options) => asked('rows', query.rows(options), options),
      scan: (options) => asked('scan', query.scan(options), options),
      fetch: (key, options) => asked('fetch', query.fetch(key, options), options),
    }
  }

  /**
   * A keyed actor, as from outside the application. `tell` is handled by the next `settle`; `ask` settles,
   * and moves the clock to its time-out when no answer came.
   */
  actor<K, M, R>(actor: Askable<K, M, R>, key: K): ActorHandle<M, R> {
    const { clock } = this
    this.#post ??= new ActorPost({ ...this.#world, broker: this.#broker })
    const handle = this.#post.handle(actor, key)
    return {
      tell: (message) => this.#settled(`t.actor(${actor.name}).tell`, handle.tell(message)),
      ask: async (message, { timeoutMs = 5000 } = {}) => {
        let isAnswered = false
        const answer = handle.ask(message, { timeoutMs }).finally(() => {
          isAnswered = true
        })
        answer.catch(() => {}) // told to the caller below
        await clock.settle()
        if (!isAnswered) await clock.advance(timeoutMs)
        return answer
      },
    }
  }

  /** Lets a key of an actor that failed at a message go on, as an operator would. */
  order<K>(
    actor: Pick<Addressable<K, unknown>, 'name' | 'keySerde'>,
    key: K,
    order: 'retry' | 'skip',
  ): Promise<void> {
    this.#post ??= new ActorPost({ ...this.#world, broker: this.#broker })
    const ordered = this.#post.order(actor.name, encoded(actor.keySerde, key), order)
    return this.#settled('t.order', ordered)
  }

  /** Tells a task something, as an operator would. @param host who is asked to; default: any that lives */
  orderTask(id: string, order: TaskOrder, host?: string): Promise<void> {
    const { group } = host === undefined ? this.#anyHost() : this.#host(host)
    return this.#settled(`t.orderTask('${id}')`, group.order({ id, order }))
  }

  /** Every task that a living host runs. */
  async tasks(): Promise<readonly HostedTask[]> {
    return (await this.#tasks()).filter(({ role }) => role === 'active')
  }

  /** Every copy of a task that a living host keeps. */
  async standbys(): Promise<readonly HostedTask[]> {
    return (await this.#tasks()).filter(({ role }) => role === 'standby')
  }

  /** Every copy of a global table that a living host keeps. */
  async globals(): Promise<readonly HostedGlobal[]> {
    const answers = await this.#settled('t.globals', this.#anyHost().group.globals())
    return answers.flatMap((from) =>
      'value' in from ? (from.value ?? []).map((copy) => ({ ...copy, host: from.host })) : [],
    )
  }

  /** Lets everything run that can run without time passing. */
  settle(): Promise<void> {
    return this.clock.settle()
  }

  /** Moves the clock, by ms or text such as '1h'; retries, expiries and timers on the way happen at their time. */
  advance(by: Duration): Promise<void> {
    return this.clock.advance(by)
  }

  /** Moves the clock in one leap, as when a process slept: what fell due on the way happens late. */
  jump(by: Duration): Promise<void> {
    this.clock.pass(durationMs(by, 'the time to jump'))
    return this.clock.advance(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts.values()) if (host.isAlive) await this.stop(host.id)
    await this.#settled('the end of the test', this.#broker.close())
  }

  async #bring(host: SimulatedHost, topologies: readonly Definition[]): Promise<void> {
    await host.running.joined()
    await host.group.serve()
    await refuseMissingActors(topologies, host.running.parts)
    for (const topology of topologies) await host.running.register(topology)
  }

  async #learnTopics(): Promise<void> {
    for (const { name, partitions } of await this.#settled('testkit', this.#broker.topics.list())) {
      this.#partitions.set(name, partitions)
    }
  }

  async #tasks(): Promise<readonly HostedTask[]> {
    const answers = await this.#settled('t.tasks', this.#anyHost().group.tasks())
    return answers.flatMap((from) =>
      'value' in from ? from.value.map((task) => ({ ...task, host: from.host })) : [],
    )
  }

  /** Where it may wait, the clock is moved by that long when there is no answer without. */
  async #asked<T>(what: string, answer: Promise<T>, timeout: Duration | undefined): Promise<T> {
    if (timeout === undefined) return this.#settled(what, answer)
    let isOver = false
    const end = (): void => {
      isOver = true
    }
    answer.then(end, end)
    await this.clock.settle()
    if (!isOver) await this.clock.advance(timeout)
    return answer
  }

  /** @throws MillraceError TEST_STUCK when it cannot come to its end by itself */
  async #settled<T>(what: string, promise: Promise<T>): Promise<T> {
    let settled: { readonly value: T } | { readonly error: unknown } | null = null
    // Observed at once, so that a refusal is not taken for an unhandled one meanwhile.
    const outcome = promise.then(
      (value) => (settled = { value }),
      (error: unknown) => (settled = { error }),
    )
    await this.clock.settle()
    if (settled === null && this.#world.options.stateDirectory === undefined) {
      throw await this.#stuck(what)
    }
    // Files are closed by the machine, in its own time.
    await this.clock.settleUntil(outcome)
    const found = await outcome
    if ('error' in found) throw found.error
    return found.value
  }

  async #stuck(what: string): Promise<MillraceError> {
    const { nextTimerMs, timers } = this.clock
    let tasks: readonly TaskFacts[] | null = null
    const [host] = [...this.#hosts.values()].filter(({ isAlive }) => isAlive)
    host?.group.tasks().then(
      (answers) => {
        tasks = answers.flatMap((from) => ('value' in from ? from.value : []))
      },
      () => {}, // then nobody could be asked
    )
    await this.clock.settle()
    return stuck({ what, nextTimerMs, timers, tasks })
  }

  #host(id: string): SimulatedHost {
    const host = this.#hosts.get(id)
    if (host?.isAlive !== true) throw hostAway(id)
    return host
  }

  #anyHost(): SimulatedHost {
    for (const host of this.#hosts.values()) if (host.isAlive) return host
    throw hostAway('any')
  }
}

const hostRuns = (id: string): MillraceError =>
  new MillraceError({ code: 'HOST_ID_TAKEN', what: `host '${id}' runs already` })

const hostAway = (id: string): MillraceError =>
  new MillraceError({ code: 'HOST_AWAY', what: `no host '${id}' is running` })
