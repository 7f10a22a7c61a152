// Makes the document of a look into a topic: records as they are, keys and values as people read them.

import { fromUtf8 } from '#protocols/core/bytes'
import type { Peeked, PeekQuestion, TopicSerdes } from '../process/peek.ts'
import type { PeekDocument } from './documents.ts'
import { plain, readOr } from './values.ts'

export const peekDocument = (
  { topic }: PeekQuestion,
  records: readonly Peeked[],
  { key, value }: TopicSerdes,
): PeekDocument => ({
  topic,
  ...{ key: key.name, value: value.name },
  records: records.map(({ partition, record }) => ({
    ...{ partition, offset: record.offset, time: record.time },
    key: plain(readOr(key, record.key)),
    value: plain(readOr(value, record.value)),
    headers: Object.fromEntries(record.headers.map(([name, it]) => [name, fromUtf8(it)])),
  })),
})
