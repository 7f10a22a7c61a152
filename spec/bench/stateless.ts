// map, filter, map over text: what statelessLoop does by hand.

import { serde, topic, topology } from 'millrace'
import { firstMap, keep, secondMap } from './loops.ts'

export const stateless = topology('stateless', (t) => {
  t.stream(topic('lines', { value: serde.string(), partitions: 4 }))
    .mapValues(firstMap)
    .filter((_key, value) => keep(value))
    .mapValues(secondMap)
    .to(topic('mapped', { value: serde.string(), partitions: 4 }))
})
