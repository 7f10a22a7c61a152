// A broker in memory and a clock turned by hand, for the actors that keep an application's group
// together. Each `process` has its own kernel and its own connection, and can be killed.

import type { FromWorker, ToWorker } from '#actors/host/messages'
import type { Props } from '#actors/kernel/actor'
import { ActorSystem } from '#actors/kernel/system'
import type { Broker } from '#protocols/broker/broker'
import { wallTime } from '#protocols/core/brands'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError } from '#protocols/core/errors'
import { silent } from '#protocols/core/log'
import {
  assignmentKey,
  decodeLease,
  decodeMember,
  decodePlacement,
  encodeDocument,
  hostKey,
  leaseKey,
  type Member,
  NOTHING_WISHED,
  type Placement,
  type Wishes,
  wishesKey,
} from '#protocols/messages/membership'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { type ProcessClock, SimulatedClock } from '#runtime/testkit/simulated-clock'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'
import { StandingDisk } from '../../kit/standing-disk.ts'

export const APP = 'app'

export interface SimulatedProcess {
  readonly clock: ProcessClock
  readonly broker: Broker
  readonly system: ActorSystem
  readonly failures: Error[]
}

export class HostWorld {
  readonly clock = new SimulatedClock()
  /** Sockets of processes that are gone. */
  readonly gone = new Set<string>()
  /** Where all that is kept lies. */
  readonly disk = new StandingDisk()
  readonly #records = new MemoryData()
  readonly #hall = new DoorbellHall()
  readonly #random = seededRandom(3)
  /** How far the machine's wall clock is off, ms. */
  skewMs = 0
  /** The spec's own connection. */
  readonly broker = this.process('spec').broker

  process(name: string): SimulatedProcess {
    const clock = this.clock.process()
    const ports = { clock: this.#setWrong(clock), random: this.#random }
    const doorbell = this.#hall.door()
    const engine = this.disk.under(memoryEngine(this.#records))
    const broker = openLogBroker({ engine, doorbell, ...ports })
    const failures: Error[] = []
    const onFatal = (error: Error): void => void failures.push(error)
    const system = new ActorSystem({ name, log: silent, onFatal, ...ports })
    return { clock, broker, system, failures }
  }

  /** The same clock, with its hands where somebody put them. */
  #setWrong(clock: Clock): Clock {
    return {
      now: () => wallTime(clock.now() + this.skewMs),
      monotonic: () => clock.monotonic(),
      after: (delayMs, fire) => clock.after(delayMs, fire),
      defer: (run) => clock.defer(run),
    }
  }

  readonly isGone = async ({ socket }: Member): Promise<boolean> => this.gone.has(socket)

  /** Settles as the promise does, the clock standing still. */
  async now<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {}) // it is awaited below
    await this.clock.settle()
    return promise
  }

  async put(key: string, document: Member | Placement, ttlMs?: number): Promise<void> {
    const options = ttlMs === undefined ? {} : { ttlMs }
    await this.now(this.broker.keys.put(key, encodeDocument(document), options))
  }

  join(id: string, change: Partial<Member> = {}): Promise<void> {
    return this.put(hostKey(APP, id), memberOf(id, change))
  }

  place(
    granted: Readonly<Record<string, string>>,
    version = 1,
    standbys: Record<string, string[]> = {},
  ): Promise<void> {
    return this.put(assignmentKey(APP), { version, target: granted, granted, standbys })
  }

  async wish(change: Partial<Wishes>): Promise<void> {
    const document = encodeDocument({ ...NOTHING_WISHED, ...change })
    await this.now(this.broker.keys.put(wishesKey(APP), document))
  }

  remove(key: string): Promise<void> {
    return this.now(this.broker.keys.remove(key))
  }

  async member(id: string): Promise<Member | null> {
    const found = await this.now(this.broker.keys.get(hostKey(APP, id)))
    return found === null ? null : decodeMember(found.value)
  }

  async placement(): Promise<Placement | null> {
    const found = await this.now(this.broker.keys.get(assignmentKey(APP)))
    return found === null ? null : decodePlacement(found.value)
  }

  async leader(): Promise<string | null> {
    const found = await this.now(this.broker.keys.get(leaseKey(APP)))
    return found === null ? null : decodeLease(found.value).host
  }
}

export const memberOf = (id: string, change: Partial<Member> = {}): Member => ({
  ...{ id, incarnation: `${id}-1`, pid: 1, socket: id, workers: 0, state: 'active', startedAt: 0 },
  topologies: {},
  held: [],
  stateful: [],
  ...change,
})

/** A worker that does what it is told, at once, and remembers it. */
export class FakeWorker {
  readonly told: ToWorker[] = []
  /** Whether a task that is told to stop has closed. */
  closes = true
  /** Whether it has the plan of a topology as soon as it is told of it. */
  loads = true
  #report: (message: FromWorker) => void = () => {}
  #fail = false

  readonly props = (report: (message: FromWorker) => void): Props<ToWorker> => ({
    kind: 'worker',
    make: () => {
      this.#report = report
      report({ type: 'ready' })
      return { receive: (message) => this.#receive(message) }
    },
  })

  /** Its life ends with the next message. */
  failNext(): void {
    this.#fail = true
  }

  say(message: FromWorker): void {
    this.#report(message)
  }

  loaded(topology: string): void {
    this.say({ type: 'loaded', topology })
  }

  closed(id: string): void {
    this.say({ type: 'news', news: { id, state: 'closed' } })
  }

  /** `start a/b/0`, `follow a/b/0`, `stop a/b/0 clean`, in order; forgets them. */
  take(): string[] {
    return this.told.splice(0).flatMap((message) => {
      if (message.type === 'start') {
        return [`${message.role === 'active' ? 'start' : 'follow'} ${message.task.id}`]
      }
      return message.type === 'stop' ? [`stop ${message.id} ${message.mode}`] : []
    })
  }

  #receive(message: ToWorker): void {
    if (this.#fail) {
      this.#fail = false
      throw new Error('the worker fails')
    }
    this.told.push(message)
    if (message.type === 'deploy' && this.loads) this.loaded(message.deployment.topology)
    if (message.type === 'start' && message.role === 'active') {
      this.say({ type: 'news', news: { id: message.task.id, state: 'running.idle' } })
    }
    if (message.type === 'stop' && this.closes) this.closed(message.id)
  }
}

export const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'nothing was thrown'
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  }
}
