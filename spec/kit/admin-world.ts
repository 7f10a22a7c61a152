// Two hosts that count words on a simulated broker, and the admin API of the first one.

import type { Hono } from 'hono'
import { serde, topic } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import type { LogFacts, Logger } from '#protocols/core/log'
import { adminApp } from '#runtime/admin/admin-app'
import { ActorPost } from '#runtime/process/actor-post'
import { storeQuery } from '#runtime/process/store-query'
import { Telemetry } from '#runtime/telemetry/telemetry'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import { openBrokerOf, SimulatedHost, type World } from '#runtime/testkit/simulated-host'
import { TestTopic } from '#runtime/testkit/test-topic'
import { MemoryData } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { wordcount } from '../examples/wordcount/wordcount.ts'

const PARTITIONS = 2

/** Two hosts that count words; the first one is asked. */
export class AdminWorld {
  readonly clock = new SimulatedClock()
  readonly hosts: SimulatedHost[] = []
  readonly logged: { readonly code: string; readonly facts: LogFacts }[] = []
  readonly log: Logger = {
    log: (_level, code, _message, facts = {}) => void this.logged.push({ code, facts }),
  }
  readonly #world: World = {
    ...{ clock: this.clock, random: seededRandom(1), log: this.log, records: new MemoryData() },
    ...{ hall: new DoorbellHall(), application: 'app', partitions: PARTITIONS },
    options: { standbys: 1 },
    isGone: () => false,
  }

  static async start(): Promise<AdminWorld> {
    const admin = new AdminWorld()
    for (const id of ['one', 'two']) {
      const host = new SimulatedHost(id, id, admin.#world, new Map())
      admin.hosts.push(host)
      await admin.now(host.running.joined().then(() => host.group.serve()))
      await admin.now(host.running.register(wordcount))
    }
    await admin.clock.advance(10_000)
    return admin
  }

  /** Another client of the broker. */
  broker(): Broker {
    return openBrokerOf(this.#world, this.clock.process())
  }

  async now<T>(promise: Promise<T>): Promise<T> {
    await this.clock.settle()
    return promise
  }

  async count(...lines: string[]): Promise<void> {
    const broker = this.broker()
    const of = topic('lines', { value: serde.string() })
    const written = new TestTopic(of, PARTITIONS, broker, () => this.clock.now())
    written.send(...lines.map((value) => ({ value })))
    await this.clock.settle()
  }

  /** The admin API of the first host. */
  app(): Hono {
    const [{ running: host, group }] = this.hosts as [SimulatedHost]
    const topologies = () => host.topologies.values()
    const query = (store: string) =>
      storeQuery<unknown, unknown>(store, { group, clock: this.clock, topologies, patienceMs: 0 })
    const post = new ActorPost(host.parts)
    const telemetry = new Telemetry({ host, group })
    return adminApp({ host, group, post, query, telemetry })
  }

  async ask<T>(path: string, body?: unknown): Promise<{ status: number; answer: T }> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const asked = Promise.resolve(this.app().request(path, init))
    // What loads a module takes the machine a moment that the clock does not know of.
    await this.clock.settleUntil(asked)
    const response = await asked
    const text = await response.text()
    const isText = response.headers.get('content-type')?.startsWith('text/plain') === true
    return { status: response.status, answer: (isText ? text : JSON.parse(text)) as T } // by its path
  }
}
