// Counts words: the first program of the README.

import { serde, topic, topology } from 'millrace'

export const wordcount = topology('wordcount', (t) => {
  const lines = topic('lines', { value: serde.string() })
  t.stream(lines)
    .flatMapValues((line) => line.toLowerCase().split(/\W+/).filter(Boolean))
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('word-counts', { key: serde.string(), value: serde.int64() }))
})

export default wordcount
