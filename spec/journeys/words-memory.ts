// The word count with its counts in memory: what a host had is gone when it dies, and lies nowhere but in NATS.

import { serde, topic, topology } from 'millrace'

export const wordcount = topology('wordcount', (t) => {
  t.stream(topic('lines', { value: serde.string() }))
    .flatMapValues((line) => line.toLowerCase().match(/\w+/g) ?? [])
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts', medium: 'memory' })
    .toStream()
    .to(topic('word-counts', { key: serde.string(), value: serde.int64() }))
})
