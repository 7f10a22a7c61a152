// Drives a whole plan, every key of every topic at its own pace: records wait until somebody says which
// are read next, and only those of one key keep their order, as if each key had a partition of its own.
// For laws about tasks that write to one another: whatever the interleaving, the end must be right.

import { Buffer } from 'node:buffer'
import { encoded } from '#protocols/serdes/whole'
import type { Topic } from '#runtime/dsl/topic'
import type { TopologyBuilder } from '#runtime/dsl/topology'
import { topology } from '#runtime/dsl/topology'
import { Drive, type Driven } from './drive.ts'

export class DriveLoose {
  readonly #drives: readonly { readonly drive: Drive; readonly topics: readonly string[] }[]
  /** By topic and key. */
  readonly #waiting = new Map<string, { readonly topic: string; readonly record: Driven }[]>()

  constructor(build: (t: TopologyBuilder) => void) {
    const plan = topology('app', build).plan('shop')
    this.#drives = plan.subtopologies.map((subtopology) => ({
      drive: new Drive(subtopology),
      topics: subtopology.sources.map(({ topic }) => topic),
    }))
  }

  /** Puts a record into its topic. */
  send<K, V>(topic: Topic<K, V>, key: K, value: V | null, time = 0): void {
    this.#append(topic.name, {
      key: encoded(topic.key, key),
      value: value === null ? null : encoded(topic.value, value),
      time,
    })
  }

  /** Reads the next record of the `pick`th key that has some. False: none has. */
  read(pick: number): boolean {
    const some = [...this.#waiting.values()].filter((all) => all.length > 0)
    const next = some[pick % Math.max(1, some.length)]?.shift()
    if (next === undefined) return false
    for (const { drive, topics } of this.#drives) {
      if (!topics.includes(next.topic)) continue
      const before = drive.written.length
      drive.bytes(next.topic, next.record)
      for (const written of drive.written.slice(before)) this.#append(written.topic, written.raw)
    }
    return true
  }

  #append(topic: string, record: Driven): void {
    const { key } = record
    const name = `${topic}/${key === null || key === undefined ? '' : Buffer.from(key).toString('hex')}`
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) this.#waiting.set(name, [{ topic, record }])
    else waiting.push({ topic, record })
  }
}
