// Replays the long log of memory.bench.ts without state: documents in, their lengths out.

import { serde, topic, topology } from 'millrace'

export const passing = topology('passing', (t) => {
  t.stream(topic('documents', { key: serde.int32(), value: serde.bytes(), partitions: 4 }))
    .mapValues((document) => document.length)
    .to(topic('replayed', { key: serde.int32(), value: serde.int32(), partitions: 4 }))
})
