// Topics as the port shows them. Dropping frees the name at once and the batches little by little, so
// that no transaction grows with a topic.

import type { TopicDescription, TopicSpec, Topics } from '#protocols/broker/broker'
import { type Offset, offset, type StreamTimeMs } from '#protocols/core/brands'
import type { TopicPartition } from '#protocols/records/record'
import type { Topic } from './catalog.ts'
import { collectGarbage } from './garbage.ts'
import type { LogTables } from './layout.ts'
import { placeName, type ReaderPorts } from './log-reader.ts'
import type { LogSnapshots } from './log-snapshots.ts'

export class LogTopics implements Topics {
  readonly #ports: ReaderPorts
  readonly #tables: LogTables
  readonly #snapshots: LogSnapshots | null

  constructor(ports: ReaderPorts, tables: LogTables, snapshots: LogSnapshots | null) {
    this.#ports = ports
    this.#tables = tables
    this.#snapshots = snapshots
  }

  async ensure(spec: TopicSpec): Promise<'created' | 'present'> {
    const { engine, catalog } = this.#ports
    const { outcome } = await engine.commit(() => catalog.ensure(spec))
    return outcome
  }

  async describe(name: string): Promise<TopicDescription | null> {
    this.#ports.engine.refresh()
    const topic = this.#ports.catalog.find(name)
    return topic === undefined ? null : this.#describe(topic)
  }

  async list(): Promise<readonly TopicDescription[]> {
    this.#ports.engine.refresh()
    return this.#ports.catalog.all().map((topic) => this.#describe(topic))
  }

  async grow(name: string, partitions: number): Promise<void> {
    const { engine, catalog } = this.#ports
    await engine.commit(() => catalog.grow(name, partitions))
  }

  async drop(name: string): Promise<void> {
    const { engine, catalog, arrivals } = this.#ports
    const topic = await engine.commit(() => catalog.drop(name), { passesLimit: true })
    const places = Array.from({ length: topic.spec.partitions }, (_, partition) =>
      placeName({ topicId: topic.id, partition }),
    )
    arrivals.announce(places)
    await collectGarbage(engine, this.#tables)
    await this.#snapshots?.drop(topic.id)
  }

  async offsetAt(at: TopicPartition, timeMs: StreamTimeMs): Promise<Offset> {
    const { engine, catalog, partitions } = this.#ports
    engine.refresh()
    const place = { topicId: catalog.get(at.topic, at.partition).id, partition: at.partition }
    const { first, next } = partitions.head(place)
    for (const span of partitions.spans(place, first)) {
      if (span.maxTime >= timeMs) return offset(Math.max(first, span.base))
    }
    return offset(next)
  }

  #describe({ id, spec }: Topic): TopicDescription {
    const bounds = Array.from({ length: spec.partitions }, (_, partition) => {
      const { first, next, bytes } = this.#ports.partitions.head({ topicId: id, partition })
      return { partition, first: offset(first), next: offset(next), bytes }
    })
    return { ...spec, bounds }
  }
}
