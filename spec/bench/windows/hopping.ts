// Visits of each user in the last ten seconds, anew every two: each visit is in five windows.

import { hopping, serde, topic, topology } from 'millrace'
import { type Contest, contest } from '../contest.ts'
import type { KeyedInput } from '../keyed-input.ts'
import { eachVisit, PARTITIONS, user, visits } from './visits.ts'

const SIZE_MS = 10_000
const ADVANCE_MS = 2000

const output = topic('hopping', {
  key: serde.windowed(user, SIZE_MS),
  value: serde.int64(),
  partitions: PARTITIONS,
})

export const counting = topology('hopping', (t) => {
  t.stream(visits)
    .groupByKey()
    .windowedBy(hopping({ size: SIZE_MS, advance: ADVANCE_MS }))
    .count({ store: 'counts' })
    .toStream()
    .to(output)
})

export const hoppingContest = (input: KeyedInput): Contest =>
  contest({
    ...{ name: 'count, hopping windows', topology: counting, module: import.meta.url },
    ...{ inputs: [input], output, counts: 'every' },
    loop(emit) {
      const windows = new Map<number, Map<number, number>>()
      eachVisit(input, (key, time) => {
        const newest = time - (time % ADVANCE_MS)
        for (let start = newest; start > time - SIZE_MS; start -= ADVANCE_MS) {
          let counts = windows.get(start)
          if (counts === undefined) {
            counts = new Map()
            windows.set(start, counts)
          }
          const count = (counts.get(key) ?? 0) + 1
          counts.set(key, count)
          emit({ key, start, end: start + SIZE_MS }, count, time)
        }
      })
    },
  })
