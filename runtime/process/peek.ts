// A look into a topic: some records of each partition, from its beginning, its end or an offset, read
// beside everybody else and leaving no trace.

import type { TopologyPlan } from '#actors/topology/plan'
import type { Broker, PartitionBounds, TopicDescription } from '#protocols/broker/broker'
import { topicUnknown } from '#protocols/broker/errors'
import { Bell } from '#protocols/core/bell'
import { offset } from '#protocols/core/brands'
import { MillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import type { StoredRecord } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'

export interface PeekQuestion {
  readonly topic: string
  /** Default: each. */
  readonly partition?: number | undefined
  readonly from: 'first' | 'last' | number
  /** Records of each partition, at most; 1 to 1000. */
  readonly count: number
}

export interface Peeked {
  readonly partition: number
  readonly record: StoredRecord
}

export interface TopicSerdes {
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
}

export const PEEK_MAX = 1000
const TAKE_BYTES = 1024 * 1024
/** Offsets looked through for the last records, where compaction left gaps. */
const SPAN_MAX = 1_000_000

/**
 * In the order of partitions and offsets.
 * @throws MillraceError TOPIC_UNKNOWN, PARTITION_UNKNOWN, OPTION_INVALID
 */
export async function peek(
  broker: Pick<Broker, 'topics' | 'reader'>,
  question: PeekQuestion,
): Promise<readonly Peeked[]> {
  const { topic, partition: only, count } = question
  if (!Number.isSafeInteger(count) || count < 1 || count > PEEK_MAX) throw countInvalid(count)
  const { bounds } = await describedTopic(broker, topic)
  if (only !== undefined && only >= bounds.length)
    throw partitionUnknown(topic, only, bounds.length)
  const found: Peeked[] = []
  for (const at of bounds) {
    if (only !== undefined && at.partition !== only) continue
    for (const record of await recordsOf(broker, question, at)) {
      found.push({ partition: at.partition, record })
    }
  }
  return found
}

function recordsOf(
  broker: Pick<Broker, 'reader'>,
  { topic, from, count }: PeekQuestion,
  { partition, first, next }: PartitionBounds,
): Promise<readonly StoredRecord[]> {
  const read = (start: number, most: number): Promise<StoredRecord[]> =>
    between(broker, { topic, partition }, { first, start, end: next, most })
  if (from === 'last') return lastOf(read, first, next, count)
  return read(from === 'first' ? first : Math.max(first, from), count)
}

/** Offsets may have gaps: where too few are found, the look begins further back. */
async function lastOf(
  read: (start: number, most: number) => Promise<readonly StoredRecord[]>,
  first: number,
  next: number,
  count: number,
): Promise<readonly StoredRecord[]> {
  for (let span = count; ; span *= 8) {
    const start = Math.max(first, next - span)
    const found = await read(start, Number.POSITIVE_INFINITY)
    if (found.length >= count || start === first || span > SPAN_MAX) return found.slice(-count)
  }
}

async function between(
  broker: Pick<Broker, 'reader'>,
  at: { readonly topic: string; readonly partition: number },
  { first, start, end, most }: Readonly<Record<'first' | 'start' | 'end' | 'most', number>>,
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  if (start >= end) return found
  const arrival = new Bell()
  const from = start > first ? offset(start) : 'earliest'
  const reader = broker.reader(at, from, () => arrival.ring())
  try {
    while (reader.position < end && found.length < most) {
      const batches = reader.take(TAKE_BYTES)
      for (const { base, batch } of batches) {
        const cursor = new BatchCursor(batch, base)
        while (found.length < most && cursor.next()) {
          if (cursor.offset >= start && cursor.offset < end) found.push(cursor.record())
        }
      }
      // The end is known to be there: it is on its way, or what was left before it is gone.
      if (batches.length === 0 && reader.position < end) await arrival.wait()
    }
    return found
  } finally {
    reader.close()
  }
}

/** @throws MillraceError TOPIC_UNKNOWN, with the topics there are */
export async function describedTopic(
  { topics }: Pick<Broker, 'topics'>,
  name: string,
): Promise<TopicDescription> {
  const found = await topics.describe(name)
  if (found !== null) return found
  const users = (await topics.list()).filter(({ owner }) => owner !== 'internal')
  throw topicUnknown(
    name,
    users.map((topic) => topic.name),
  )
}

/** What a topology reads or writes the topic with; null where none says. */
export function serdesOf(plans: readonly TopologyPlan[], topic: string): TopicSerdes | null {
  for (const { subtopologies } of plans) {
    for (const { sources, nodes } of subtopologies) {
      const source = sources.find((it) => it.topic === topic)
      if (source !== undefined) return { key: source.key, value: source.value }
      const node = nodes.find((it) => it.topic === topic && it.serdes !== undefined)
      if (node?.serdes !== undefined) return node.serdes
    }
  }
  return null
}

const countInvalid = (count: number): MillraceError =>
  new MillraceError({
    code: 'OPTION_INVALID',
    what: `a look shows 1 to ${PEEK_MAX} records of a partition, not ${count}`,
    hint: 'millrace consume reads as many as there are',
  })

export const partitionUnknown = (topic: string, partition: number, count: number): MillraceError =>
  new MillraceError({
    code: 'PARTITION_UNKNOWN',
    what: `topic '${topic}' has no partition ${partition}`,
    hint: `Its partitions are 0 to ${count - 1}`,
  })
