// A word count that would read the counts it finds by keys of another type.

import { serde, topic, topology } from 'millrace'

export const wordcount = topology('wordcount', (t) => {
  t.stream(topic('lines', { value: serde.string() }))
    .flatMapValues((line) => line.toLowerCase().split(/\W+/).filter(Boolean))
    .groupBy((_key, word) => word.length, { key: serde.int32() })
    .count({ store: 'counts' })
})
