// A topology that keeps a processor busy: each record costs some tens of microseconds before it is
// counted, and one update in so many is written, so that whoever follows the output costs little.

import { serde, topic, topology } from 'millrace'

/** Updates of a key for each that is written. */
export const EVERY = 16
const TURNS = 20_000

/** The same for the same number; nothing that a compiler could leave out. */
function burnt(seed: number): number {
  let hash = seed | 1
  for (let n = 0; n < TURNS; n++) hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1
  return hash
}

export const burning = topology('burning', (t) => {
  t.stream(topic('fuel', { key: serde.int32(), value: serde.int32(), partitions: 4 }))
    .mapValues(burnt)
    .groupByKey()
    .count({ store: 'burnt' })
    .toStream()
    .filter((_key, count) => count % EVERY === 0)
    .to(topic('ashes', { key: serde.int32(), value: serde.int64(), partitions: 4 }))
})
