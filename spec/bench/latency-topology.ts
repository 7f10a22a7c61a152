// Counts words of lines that begin with the moment they were due, and says with every count when each
// stage was reached: `count due split counted`. Stamps are taken before a stage commits, so what passes
// until the next one has it bounds the time of the commit and of the way there.

import { serde, topic, topology } from 'millrace'
import { words } from './loops.ts'
import { nowMs } from './measure.ts'

export const latency = topology('latency', (t) => {
  t.stream(topic('lines', { value: serde.string(), partitions: 4 }))
    .flatMapValues((line) => {
      const split = nowMs()
      const [due = '', ...rest] = words(line)
      return rest.map((word) => `${word} ${due} ${split}`)
    })
    .groupBy((_key, value) => value.slice(0, value.indexOf(' ')), {
      key: serde.string(),
      value: serde.string(),
    })
    .aggregate(() => '0', counted, { store: 'counts', value: serde.string() })
    .toStream()
    .to(topic('stamped', { key: serde.string(), value: serde.string(), partitions: 4 }))
})

function counted(_word: string, value: string, before: string): string {
  return `${Number.parseInt(before, 10) + 1}${value.slice(value.indexOf(' '))} ${nowMs()}`
}
