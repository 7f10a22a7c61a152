// Replays the long log of memory.bench.ts with state: documents in, how many of each key out.

import { serde, topic, topology } from 'millrace'

export const counting = topology('counting', (t) => {
  t.stream(topic('documents', { key: serde.int32(), value: serde.bytes(), partitions: 4 }))
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .to(topic('replayed', { key: serde.int32(), value: serde.int64(), partitions: 4 }))
})
