// Dead letters as the command line reads them: records with headers millrace.error.*, which say where
// each came from and why it is there.

import type { Broker, StoredBatch, TopicDescription } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { offset } from '#protocols/core/brands'
import { fromUtf8 } from '#protocols/core/bytes'
import { BatchCursor } from '#protocols/records/batch'
import type { Headers, StoredRecord } from '#protocols/records/record'

const PREFIX = 'millrace.error.'
const TAKE_BYTES = 1024 * 1024

export interface DeadLetter {
  /** Where it lies. */
  readonly partition: number
  readonly record: StoredRecord
  /** The record's own, without those that made it a letter. */
  readonly headers: Headers
  readonly code: string
  readonly message: string
  /** Where the record was. */
  readonly topic: string
  readonly from: { readonly partition: number; readonly offset: number }
  /** Set when it is no longer the record as it was read, but what was on its way to this operator. */
  readonly operator: string | undefined
}

/** Null when the record is none. */
export function deadLetter(partition: number, record: StoredRecord): DeadLetter | null {
  const facts = new Map<string, string>()
  const headers = record.headers.filter(([name, value]) => {
    if (!name.startsWith(PREFIX)) return true
    facts.set(name.slice(PREFIX.length), fromUtf8(value))
    return false
  })
  const topic = facts.get('topic')
  const code = facts.get('code')
  if (topic === undefined || code === undefined) return null
  const from = { partition: Number(facts.get('partition')), offset: Number(facts.get('offset')) }
  const message = facts.get('message') ?? ''
  return { partition, record, headers, code, message, topic, from, operator: facts.get('operator') }
}

/** The letters of one partition from an offset to its end now, a slice at a time. */
export async function* slicesOf(
  broker: Broker,
  { name, bounds }: TopicDescription,
  partition: number,
  from = 0,
): AsyncGenerator<{ readonly letters: readonly DeadLetter[]; readonly next: number }> {
  const { first, next: end } = bounds[partition] ?? { first: 0, next: 0 }
  if (from >= end) return
  const start = from > first ? offset(from) : 'earliest'
  const arrival = new Bell()
  const reader = broker.reader({ topic: name, partition }, start, () => arrival.ring())
  try {
    while (reader.position < end) {
      const batches = reader.take(TAKE_BYTES)
      const last = batches.at(-1)
      if (last === undefined) {
        // The end is known to be there: it is on its way, or what was left before it is gone.
        if (reader.position < end) await arrival.wait()
        continue
      }
      const least = Math.max(first, from)
      yield { letters: lettersIn(batches, partition, least, end), next: last.next }
    }
  } finally {
    reader.close()
  }
}

/** Topics whose oldest record is a letter. */
export async function letterTopics(broker: Broker): Promise<readonly TopicDescription[]> {
  const topics = (await broker.topics.list()).filter(({ owner }) => owner !== 'internal')
  const found: TopicDescription[] = []
  for (const topic of topics) {
    for (const { partition } of topic.bounds) {
      if (!(await beginsWithLetter(broker, topic, partition))) continue
      found.push(topic)
      break
    }
  }
  return found
}

async function beginsWithLetter(
  broker: Broker,
  { name, bounds }: TopicDescription,
  partition: number,
): Promise<boolean> {
  const { first = 0, next = 0 } = bounds[partition] ?? {}
  if (first >= next) return false
  const arrival = new Bell()
  const reader = broker.reader({ topic: name, partition }, 'earliest', () => arrival.ring())
  try {
    while (reader.position < next) {
      const [stored] = reader.take(1)
      if (stored === undefined) {
        if (reader.position < next) await arrival.wait()
        continue
      }
      const cursor = new BatchCursor(stored.batch, stored.base)
      return cursor.next() && deadLetter(partition, cursor.record()) !== null
    }
    return false
  } finally {
    reader.close()
  }
}

function lettersIn(
  batches: readonly StoredBatch[],
  partition: number,
  from: number,
  end: number,
): DeadLetter[] {
  const letters: DeadLetter[] = []
  for (const { base, batch } of batches) {
    const cursor = new BatchCursor(batch, base)
    while (cursor.next()) {
      if (cursor.offset < from || cursor.offset >= end) continue
      const letter = deadLetter(partition, cursor.record())
      if (letter !== null) letters.push(letter)
    }
  }
  return letters
}
