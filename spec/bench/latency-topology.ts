// Counts words, and says with every count when it was made: `count stamp`. The stamp is taken before
// the commit, so what passes until it is read bounds the time from the commit to there.

import { serde, topic, topology } from 'millrace'
import { words } from './loops.ts'
import { nowMs } from './measure.ts'

export const latency = topology('latency', (t) => {
  t.stream(topic('lines', { value: serde.string(), partitions: 4 }))
    .flatMapValues(words)
    .groupBy((_key, word) => word, { key: serde.string() })
    .count({ store: 'counts' })
    .toStream()
    .mapValues((count) => `${count} ${nowMs()}`)
    .to(topic('stamped', { key: serde.string(), value: serde.string(), partitions: 4 }))
})
