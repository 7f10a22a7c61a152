// Counts words with as many partitions as the host says.

import { serde, topic, topology } from 'millrace'
import { words } from './loops.ts'

export const idle = topology('idle', (t) => {
  t.stream(topic('lines', { value: serde.string() }))
    .flatMapValues(words)
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('word-counts', { key: serde.string(), value: serde.int64() }))
})
