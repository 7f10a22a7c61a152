// The topics a log knows, read once and again only when a mark in the log says that somebody changed
// them. Every lookup checks the mark in the state the caller sees, so a topic dropped by another
// process is gone here in the same transaction. The mark is drawn by chance, not counted: what a body
// saw that was undone later is never mistaken for what came instead.

import type { TopicSpec } from '#protocols/broker/broker'
import { topicInvalid, topicMismatch, topicShrinks, topicUnknown } from '#protocols/broker/errors'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Random } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import {
  decodeNumber,
  encodeHead,
  encodeNumber,
  increment,
  type LogTables,
  NEW_HEAD,
  partitionKey,
  topicKey,
} from './layout.ts'

export interface Topic {
  readonly id: number
  readonly spec: TopicSpec
}

const MARK = utf8('topics.mark')
const LAST_ID = utf8('topics.id')
const NAME = /^[a-zA-Z0-9._-]{1,200}$/
const PARTITIONS_MAX = 1024

export class Catalog {
  readonly #tables: LogTables
  readonly #random: Random
  #mark = -1
  #topics = new Map<string, Topic>()

  constructor(tables: LogTables, random: Random) {
    this.#tables = tables
    this.#random = random
  }

  find(name: string): Topic | undefined {
    this.#renew()
    return this.#topics.get(name)
  }

  /** @throws MillraceError TOPIC_UNKNOWN, also when there is no such partition */
  get(name: string, partition = 0): Topic {
    const topic = this.find(name)
    if (topic === undefined) throw topicUnknown(name, this.#userNames())
    if (partition >= topic.spec.partitions) throw topicUnknown(`${name}/${partition}`)
    return topic
  }

  all(): readonly Topic[] {
    this.#renew()
    return [...this.#topics.values()]
  }

  /** Inside a body. Throws TOPIC_INVALID, TOPIC_MISMATCH. */
  ensure(spec: TopicSpec): { topic: Topic; outcome: 'created' | 'present' } {
    checkSpec(spec)
    const present = this.find(spec.name)
    if (present !== undefined) {
      checkSame(spec, present.spec)
      return { topic: present, outcome: 'present' }
    }
    const { facts, topics, heads } = this.#tables
    const topic = { id: increment(facts, LAST_ID), spec }
    topics.put(utf8(spec.name), utf8(JSON.stringify(topic)))
    for (let partition = 0; partition < spec.partitions; partition++) {
      heads.put(partitionKey(topic.id, partition), encodeHead(NEW_HEAD))
    }
    this.#changed()
    return { topic, outcome: 'created' }
  }

  /** Inside a body. Throws TOPIC_UNKNOWN, TOPIC_INVALID. */
  grow(name: string, partitions: number): void {
    const { id, spec } = this.get(name)
    const grown = { ...spec, partitions }
    checkSpec(grown)
    if (partitions < spec.partitions) throw topicShrinks(name, spec.partitions, partitions)
    const { topics, heads } = this.#tables
    topics.put(utf8(name), utf8(JSON.stringify({ id, spec: grown })))
    for (let partition = spec.partitions; partition < partitions; partition++) {
      heads.put(partitionKey(id, partition), encodeHead(NEW_HEAD))
    }
    this.#changed()
  }

  /** Inside a body: the name is free at once, the batches become garbage. Throws TOPIC_UNKNOWN. */
  drop(name: string): Topic {
    const topic = this.get(name)
    const { topics, garbage } = this.#tables
    topics.delete(utf8(name))
    garbage.put(topicKey(topic.id), encodeNumber(topic.spec.partitions))
    this.#changed()
    return topic
  }

  #changed(): void {
    this.#tables.facts.put(MARK, encodeNumber(this.#random.next()))
    this.#mark = -1
  }

  #renew(): void {
    const mark = decodeNumber(this.#tables.facts.get(MARK))
    if (mark === this.#mark) return
    this.#mark = mark
    this.#topics = new Map()
    for (const { key, value } of this.#tables.topics.range()) {
      const name = fromUtf8(key)
      this.#topics.set(name, readTopic(name, value))
    }
  }

  #userNames(): string[] {
    return this.all()
      .filter(({ spec }) => spec.owner !== 'internal')
      .map(({ spec }) => spec.name)
  }
}

/** @throws MillraceError LOG_DAMAGED when the bytes do not describe the topic of that name */
export function readTopic(name: string, bytes: Uint8Array): Topic {
  try {
    // Written by `ensure`; checked in the line after.
    const topic = JSON.parse(fromUtf8(bytes)) as Topic
    const { id, spec } = topic
    if (id >= 1 && spec.name === name && spec.partitions >= 1) return topic
  } catch {
    // Not JSON, or not an object: the refusal below says so.
  }
  throw new MillraceError({
    code: 'LOG_DAMAGED',
    what: `the description of topic '${name}' cannot be read`,
    hint: 'Look closer with: millrace log check DIR',
  })
}

function checkSpec({ name, partitions, retentionMs, retentionBytes }: TopicSpec): void {
  if (!NAME.test(name) || name === '.' || name === '..') {
    throw topicInvalid(name, 'the name has characters or a length that topics do not take')
  }
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX)) {
    throw topicInvalid(name, `${partitions} is no partition count`)
  }
  for (const limit of [retentionMs, retentionBytes]) {
    if (limit !== undefined && !(limit >= 0)) throw topicInvalid(name, 'retention is negative')
  }
}

function checkSame(asked: TopicSpec, found: TopicSpec): void {
  if (asked.partitions !== found.partitions) {
    throw topicMismatch(asked.name, partitions(asked), partitions(found))
  }
  const cleanup = asked.cleanup ?? 'delete'
  const present = found.cleanup ?? 'delete'
  if (cleanup !== present) {
    throw topicMismatch(asked.name, `cleanup '${cleanup}'`, `cleanup '${present}'`)
  }
}

const partitions = ({ partitions: count }: TopicSpec): string =>
  count === 1 ? '1 partition' : `${count} partitions`
