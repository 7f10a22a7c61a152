// Split, count per word, write every update: what wordCountLoop does by hand.

import { serde, topic, topology } from 'millrace'
import { words } from './loops.ts'

export const wordcount = topology('wordcount', (t) => {
  t.stream(topic('lines', { value: serde.string(), partitions: 4 }))
    .flatMapValues(words)
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('word-counts', { key: serde.string(), value: serde.int64(), partitions: 4 }))
})
