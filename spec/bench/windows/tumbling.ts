// Visits of each user in every ten seconds.

import { serde, topic, topology, tumbling } from 'millrace'
import { type Contest, contest } from '../contest.ts'
import type { KeyedInput } from '../keyed-input.ts'
import { eachVisit, PARTITIONS, user, visits } from './visits.ts'

const SIZE_MS = 10_000

const output = topic('tumbling', {
  key: serde.windowed(user, SIZE_MS),
  value: serde.int64(),
  partitions: PARTITIONS,
})

export const counting = topology('tumbling', (t) => {
  t.stream(visits)
    .groupByKey()
    .windowedBy(tumbling({ size: SIZE_MS }))
    .count({ store: 'counts' })
    .toStream()
    .to(output)
})

export const tumblingContest = (input: KeyedInput): Contest =>
  contest({
    ...{ name: 'count, tumbling windows', topology: counting, module: import.meta.url },
    ...{ inputs: [input], output, counts: 'every' },
    loop(emit) {
      const windows = new Map<number, Map<number, number>>()
      eachVisit(input, (key, time) => {
        const start = time - (time % SIZE_MS)
        let counts = windows.get(start)
        if (counts === undefined) {
          counts = new Map()
          windows.set(start, counts)
        }
        const count = (counts.get(key) ?? 0) + 1
        counts.set(key, count)
        emit({ key, start, end: start + SIZE_MS }, count, time)
      })
    },
  })
