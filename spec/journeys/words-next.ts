// The next version of the word count: it splits lines in its own way, has a store more beside the counts, and
// a sub-topology more that counts what it wrote.

import { serde, topic, topology } from 'millrace'

const written = topic('word-counts', { key: serde.string(), value: serde.int64() })

export const wordcount = topology('wordcount', (t) => {
  const counts = t
    .stream(topic('lines', { value: serde.string() }))
    .flatMapValues((line) => line.toLowerCase().match(/\w+/g) ?? [])
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })
    .toStream()
  counts.to(written)
  counts.groupByKey({ value: serde.int64() }).count({ store: 'counted' })
  t.stream(written).groupByKey().count({ store: 'updates' })
})
