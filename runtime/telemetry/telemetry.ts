// What a host measures, asked of everybody who knows a part of it. What is not said in time is left out
// and counted as missing: an answer that is late for Prometheus is none.

import type { TopicDescription } from '#protocols/broker/broker'
import type { Group } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import { version } from '../process/version.ts'
import type { Exposition } from './exposition.ts'
import { formatFor } from './metrics-format.ts'
import { type Scene, samplesOf } from './samples.ts'

export interface TelemetryParts {
  readonly host: RunningHost
  readonly group: Group
}

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

export class Telemetry {
  readonly #parts: TelemetryParts
  readonly #version = version()
  #exposition: Promise<Exposition> | null = null

  constructor(parts: TelemetryParts) {
    this.#parts = parts
  }

  /** Begins to watch the process; without it, the first who asks for metrics begins. */
  watch(): Promise<Exposition> {
    this.#exposition ??= this.#open()
    return this.#exposition
  }

  /** @param accept what who asks can read, as an HTTP header */
  async metrics(accept?: string): Promise<MetricsText> {
    const exposition = await this.watch()
    const format = formatFor(accept)
    const text = await exposition.text(samplesOf(await this.#scene()), format)
    return { contentType: format, text }
  }

  /** Loaded when it is wanted: most hosts are never asked. */
  async #open(): Promise<Exposition> {
    const { application, id } = this.#parts.host.parts
    const module = await import('./exposition.ts')
    return new module.Exposition({ application, host: id })
  }

  async #scene(): Promise<Scene> {
    const { host, group } = this.#parts
    const [tasks, stores, globals, trees, facts, look] = await Promise.all([
      maybe(group.tasksHere()),
      maybe(group.storesHere()),
      maybe(group.globalsHere()),
      maybe(group.treesHere()),
      maybe(group.factsHere()),
      maybe(group.look()),
    ])
    const isCoordinator = look === null ? null : look.coordinator === host.parts.id
    const topics = isCoordinator === true ? await maybe(this.#topics()) : null
    const members = isCoordinator === true ? (look?.members ?? null) : null
    const { placement } = host.view
    return {
      ...{ version: this.#version, workers: host.parts.workers, isReady: group.readiness().ready },
      ...{ tasks, stores, globals, trees, placement, isCoordinator, members, topics },
      threads: facts?.threads ?? null,
    }
  }

  /** Those that topologies here read and write; an application's brokers may have many more. */
  async #topics(): Promise<readonly TopicDescription[]> {
    const { topologies, parts } = this.#parts.host
    const names = [...topologies.values()].flatMap(({ deployment }) =>
      Object.keys(deployment.topicPartitions),
    )
    const each = [...new Set(names)].map((name) => parts.broker.topics.describe(name))
    return (await Promise.all(each)).filter((topic) => topic !== null)
  }
}

/** Null where nobody answered; the metrics say which part that is. */
const maybe = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null)
