// A task that counts records by key, over an embedded broker in memory: the smallest topology with an
// input, a store and an output. Works come and go; the broker and, if wanted, the state on disk stay.

import type { TaskSettings } from '#actors/task/settings'
import { TaskWork, type WorkPorts } from '#actors/task/work'
import type { Poison } from '#actors/task/work-port'
import type { SubtopologyPlan } from '#actors/topology/plan'
import type { Broker, TaskName, TaskSession, Transaction } from '#protocols/broker/broker'
import type { Clock } from '#protocols/core/clock'
import { BatchBuilder, BatchCursor } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { topic } from '#runtime/dsl/topic'
import { topology } from '#runtime/dsl/topology'
import { storeOf } from '#stores/changelog/open-store'
import type { TaskEngines } from '#stores/changelog/task-state'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { machineClock, memoryBrokers } from '../../stores/log/brokers.ts'

const SETTINGS: TaskSettings = {
  guarantee: 'exactly-once',
  commitIntervalMs: 1_000_000,
  sealIntervalMs: 1_000_000,
  sealRows: 512,
  pendingMax: 100_000,
  maxTaskIdleMs: 0,
  compression: 'none',
  snapshotBytes: 0,
}

/** More than any machine takes for what a law gives to work on, however busy it is. */
export const BUDGET_MS = 1_000_000

export class CountWorld {
  readonly broker: Broker = memoryBrokers()()
  /** Errors that the next commits meet. */
  readonly refusals: Error[] = []
  disk = new MemoryData()
  /** The clock of the works; brokers have the machine's. */
  clock: Clock = machineClock
  /** Called for each value the user's function sees. */
  onValue: (value: string) => void = () => {}
  /** Engines open now. */
  open = 0
  readonly #settings: TaskSettings
  readonly plan: SubtopologyPlan

  constructor(settings: Partial<TaskSettings> = {}) {
    this.#settings = { ...SETTINGS, ...settings }
    const counting = topology('t', (t) => {
      t.stream(topic('in', { key: serde.string(), value: serde.string() }))
        .mapValues((value) => {
          this.onValue(value)
          return value
        })
        .groupByKey()
        .count({ store: 'counts' })
        .toStream()
        .to(topic('out', { key: serde.string(), value: serde.int64() }))
    })
    const [plan] = counting.plan('app').subtopologies
    if (plan === undefined) throw new Error('it has one sub-topology')
    this.plan = plan
  }

  async begin(): Promise<this> {
    await this.broker.topics.ensure({ name: 'in', partitions: 1 })
    await this.broker.topics.ensure({ name: 'out', partitions: 1 })
    return this
  }

  /** Appends records `key=value`. */
  append(...records: string[]): Promise<void> {
    return this.appendAt(0, ...records)
  }

  /** The same, which came in at a wall time. */
  async appendAt(intakeTime: number, ...records: string[]): Promise<void> {
    const builder = new BatchBuilder()
    for (const record of records) {
      const [key = '', value = ''] = record.split('=')
      builder.add(encoded(serde.string(), key), encoded(serde.string(), value), 1)
    }
    await this.broker
      .producer()
      .append([{ to: { topic: 'in', partition: 0 }, batch: builder.finish({ intakeTime }) }])
  }

  work(host = 'h1', other: Partial<WorkPorts> = {}): TaskWork {
    const broker = refusing(this.broker, this.refusals)
    const engines = async (): Promise<TaskEngines> => this.#engines()
    const ports = { broker, clock: this.clock, engines, partitionCount: () => 1, ...other }
    return new TaskWork({ ...this.name, host, partitions: 1 }, this.plan, ports, this.#settings)
  }

  /** A work that is ready to work. */
  async started(host?: string, other?: Partial<WorkPorts>): Promise<TaskWork> {
    const work = this.work(host, other)
    await work.open()
    await work.claim()
    await work.restore()
    work.start(() => {})
    return work
  }

  /** How many changes each commit of the task carried, claims included. */
  changes(): number[] {
    const reader = this.broker.commits(this.name, 'earliest', () => {})
    const changes = reader.take(1 << 20).map(({ batch }) => batch.count)
    reader.close()
    return changes
  }

  /** Everything written to `out`, as `key=count`. */
  outputs(): string {
    const reader = this.broker.reader({ topic: 'out', partition: 0 }, 'earliest', () => {})
    const lines: string[] = []
    for (const { batch, base } of reader.take(1 << 20)) {
      const cursor = new BatchCursor(batch, base)
      while (cursor.next()) {
        const { key, value } = cursor.record()
        const count = value === null ? null : decoded(serde.int64(), value)
        lines.push(`${key === null ? '' : decoded(serde.string(), key)}=${count}`)
      }
    }
    reader.close()
    return lines.join(' ')
  }

  get name(): TaskName {
    return { application: 'app', topology: 't', subtopology: this.plan.name, partition: 0 }
  }

  async #engines(): Promise<TaskEngines> {
    const counted = (data: MemoryData) => {
      this.open++
      const engine = memoryEngine(data)
      const close = engine.close.bind(engine)
      engine.close = () => {
        this.open--
        return close()
      }
      return engine
    }
    return { disk: counted(this.disk), memory: counted(new MemoryData()) }
  }
}

/** What the store holds, as `key=count`, sorted. */
export function counts(work: TaskWork): string {
  const { state } = work
  const rows = state === null ? [] : [...storeOf(state, 'counts', 'keyvalue').all()]
  return rows.map(([key, count]) => `${key}=${count}`).join(' ')
}

export const at = (offset: number): Poison => ({ topic: 'in', partition: 0, offset })

/** The broker, with sessions whose next commits are refused, after the batch was encoded. */
function refusing(broker: Broker, refusals: Error[]): Broker {
  const { topics, keys, bus, snapshots } = broker
  return {
    topics,
    keys,
    bus,
    snapshots,
    producer: () => broker.producer(),
    reader: (at, from, onData) => broker.reader(at, from, onData),
    commits: (task, from, onData) => broker.commits(task, from, onData),
    close: () => broker.close(),
    claim: async (claim) => refusingSession(await broker.claim(claim), refusals),
  }
}

function refusingSession(session: TaskSession, refusals: Error[]): TaskSession {
  return {
    get epoch() {
      return session.epoch
    },
    get head() {
      return session.head
    },
    get positions() {
      return session.positions
    },
    get meta() {
      return session.meta
    },
    restore: (from, onData) => session.restore(from, onData),
    close: () => session.close(),
    commit: async (transaction: Transaction) => {
      const refusal = refusals.shift()
      if (refusal === undefined) return session.commit(transaction)
      transaction.changes?.finish({ keep: true })
      throw refusal
    },
  }
}
