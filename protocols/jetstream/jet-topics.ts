// Topics as the port shows them: what the catalog knows, and what the streams say of themselves.

import type { PartitionBounds, TopicDescription, TopicSpec, Topics } from '../broker/broker.ts'
import { type Offset, offset, type StreamTimeMs } from '../core/brands.ts'
import { isMillraceError, type MillraceError } from '../core/errors.ts'
import type { TopicPartition } from '../records/record.ts'
import type { Catalog, Place, Topic } from './catalog.ts'
import { isRefusal, JET } from './errors.ts'
import { scan } from './feed.ts'
import { partitionEnd } from './jet-producer.ts'
import { MARK, readMark } from './mark.ts'
import { firstMessage } from './messages.ts'
import { baseOf, groupOf, messageOf, nextOf } from './names.ts'
import { baseAt, type PrefixPorts, prefixOf } from './prefix.ts'
import { messagesOf, type StreamFacts, streamFacts } from './stream.ts'

export interface JetTopicsPorts extends PrefixPorts {
  readonly catalog: Catalog
}

export class JetTopics implements Topics {
  readonly #ports: JetTopicsPorts

  constructor(ports: JetTopicsPorts) {
    this.#ports = ports
  }

  async ensure(spec: TopicSpec): Promise<'created' | 'present'> {
    return (await this.#ports.catalog.ensure(spec)).outcome
  }

  async describe(name: string): Promise<TopicDescription | null> {
    await this.#ports.map.fresh()
    const topic = this.#ports.catalog.find(name)
    return topic === null ? null : this.#describe(topic)
  }

  async list(): Promise<readonly TopicDescription[]> {
    await this.#ports.map.fresh()
    const all: TopicDescription[] = []
    for (const topic of this.#ports.catalog.all()) {
      const found = await this.#describe(topic).catch((error: unknown) => {
        // Of those too, so that they can be dropped: what is gone, or there was no room to make.
        const isKnown = isMillraceError(error, 'TOPIC_LOST') || isMillraceError(error, 'LOG_FULL')
        if (isKnown) return this.#withoutRecords(topic, error)
        throw error
      })
      if (found !== null) all.push(found)
    }
    return all
  }

  async grow(name: string, partitions: number): Promise<void> {
    await this.#ports.catalog.grow(name, partitions)
  }

  async drop(name: string): Promise<void> {
    await this.#ports.catalog.drop(name)
  }

  /** Walks the headers of the partition: NATS finds by when it took a message in, not by event time. */
  async offsetAt(at: TopicPartition, timeMs: StreamTimeMs): Promise<Offset> {
    const { catalog, map } = this.#ports
    const place = await catalog.get(at)
    await map.fresh()
    const { prefix } = prefixOf(map, place)
    const early = prefix === null ? null : await baseAt(this.#ports, place, prefix, timeMs)
    if (early !== null) return offset(early)
    let found: Offset | null = null
    const floor = Math.max(catalog.floor(place), prefix?.next ?? 0)
    const from = messageOf(floor)
    const filter = { stream: place.stream, subject: place.subject, from, headersOnly: true }
    await scan(this.#ports, filter, ({ message, headers, timeMs: takenMs }) => {
      const { maxTime, span } = readMark(headers?.get(MARK), takenMs)
      if (maxTime < timeMs || nextOf(message, span) <= floor) return true
      found = baseOf(message)
      return false
    })
    return found ?? partitionEnd(this.#ports, place)
  }

  /** Null when it was dropped under our feet. */
  async #describe(topic: Topic): Promise<TopicDescription | null> {
    const { catalog, link, names } = this.#ports
    const { spec } = topic
    try {
      const facts = await Promise.all(
        catalog.streams(topic).map((stream) => streamFacts(link, stream, names.topic(spec.name))),
      )
      const bounds = await Promise.all(
        Array.from({ length: spec.partitions }, (_, partition) =>
          this.#bounds(catalog.place(topic, partition), facts[groupOf(partition)]),
        ),
      )
      return { ...spec, bounds }
    } catch (error) {
      if (!isRefusal(error, JET.streamUnknown)) throw error
      await this.#ports.map.fresh()
      const place = catalog.place(topic, 0)
      if (!catalog.isCurrent(place)) return null
      await catalog.check(place)
      return this.#describe(topic)
    }
  }

  #withoutRecords(topic: Topic, lost: MillraceError): TopicDescription {
    const { catalog, link } = this.#ports
    link.tell('warn', lost.code, lost.message)
    const bounds = Array.from({ length: topic.spec.partitions }, (_, partition) =>
      noneAt(partition, catalog.floor(catalog.place(topic, partition))),
    )
    return { ...topic.spec, bounds }
  }

  async #bounds(place: Place, facts: StreamFacts | undefined): Promise<PartitionBounds> {
    const { catalog } = this.#ports
    const { partition } = place.at
    const floor = catalog.floor(place)
    const messages = messagesOf(facts, place.subject)
    const { prefix } = prefixOf(this.#ports.map, place)
    const empty = noneAt(partition, floor)
    if (facts === undefined || messages === 0) return empty
    const next = await partitionEnd(this.#ports, place)
    const first = prefix === null ? await this.#first(place, floor) : floor
    if (first === null) return { ...empty, first: next, next }
    // NATS counts bytes by stream; a partition has its share of them.
    const bytes = (prefix?.bytes ?? 0) + Math.round((facts.bytes * messages) / facts.messages)
    // Messages are counted, records are not: as if every batch had as many as the last.
    const each = Math.max(1, next - baseOf(messageOf(next - 1)))
    const records = (prefix?.records ?? 0) + messages * each
    return { partition, first, next, bytes, records }
  }

  /** Of the oldest batch above the floor; below it lies what tasks need to be repaired. */
  async #first({ stream, subject }: Place, floor: Offset): Promise<Offset | null> {
    for (let from = messageOf(floor); ; ) {
      const oldest = await firstMessage(this.#ports.link, stream, subject, from)
      if (oldest === null) return null
      const { message } = oldest
      const { span } = readMark(oldest.headers.get(MARK), oldest.timeMs)
      if (nextOf(message, span) > floor) return baseOf(message)
      from = message + 1
    }
  }
}

const noneAt = (partition: number, floor: Offset): PartitionBounds => ({
  partition,
  first: floor,
  next: floor,
  bytes: 0,
  records: 0,
})
