// Drives a whole plan over one partition: what one sub-topology writes to a topic that another reads
// is driven on at once, in order. For the laws of the DSL: a topology in, records in, records out.

import type { TopologyPlan } from '#actors/topology/plan'
import type { Headers } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import type { Topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, type TopologyOptions, topology } from '#runtime/dsl/topology'
import { Drive } from './drive.ts'

export interface Sent<K, V> {
  readonly key?: K
  readonly value?: V
  readonly time?: number
  readonly headers?: Headers
}

export class DrivePlan {
  readonly plan: TopologyPlan
  readonly #drives: readonly Drive[]

  constructor(build: (t: TopologyBuilder) => void, options: TopologyOptions = {}) {
    this.plan = topology('app', build, options).plan('shop')
    this.#drives = this.plan.subtopologies.map((subtopology) => new Drive(subtopology))
  }

  /** Sends one record and follows what comes of it to the end. */
  send<K, V>(topic: Topic<K, V>, { key, value, time = 0, headers = [] }: Sent<K, V>): void {
    const bytes = <T>(serde: Serde<T>, it: T | undefined): Uint8Array | null =>
      it === undefined || it === null ? null : encoded(serde, it)
    const raw = { key: bytes(topic.key, key), value: bytes(topic.value, value), time, headers }
    this.#drive(topic.name, raw)
  }

  /** Key and value of everything written to a topic so far. */
  pairs(topic: string): (readonly [key: unknown, value: unknown])[] {
    return this.#drives
      .flatMap((drive) => drive.written)
      .filter((it) => it.topic === topic)
      .map(({ key, value }) => [key, value])
  }

  /** How many records were dropped, for any reason. */
  get dropped(): number {
    const counts = this.#drives.flatMap((it) => Object.values(it.topology.counters.dropped))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  rows(store: string): (readonly [unknown, unknown])[] {
    const at = this.plan.subtopologies.findIndex(({ stores }) =>
      stores.some(({ name }) => name === store),
    )
    return [...(this.#drives[at]?.store(store).all() ?? [])]
  }

  #drive(topic: string, raw: Parameters<Drive['bytes']>[1]): void {
    for (const [at, { sources }] of this.plan.subtopologies.entries()) {
      const drive = this.#drives[at]
      if (drive === undefined || !sources.some((source) => source.topic === topic)) continue
      const before = drive.written.length
      drive.bytes(topic, raw)
      for (const written of drive.written.slice(before)) this.#drive(written.topic, written.raw)
    }
  }
}
