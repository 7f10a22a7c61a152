// Visits of each user without a pause of more than five seconds. A session that grows is deleted under
// its old end and told under its new one.

import { serde, session, topic, topology } from 'millrace'
import { type Contest, contest } from '../contest.ts'
import type { KeyedInput } from '../keyed-input.ts'
import { eachVisit, PARTITIONS, user, visits } from './visits.ts'

const GAP_MS = 5000

const output = topic('session', {
  key: serde.sessionWindowed(user),
  value: serde.nullable(serde.int64()),
  partitions: PARTITIONS,
})

export const counting = topology('session', (t) => {
  t.stream(visits)
    .groupByKey()
    .windowedBy(session({ gap: GAP_MS }))
    .count({ store: 'counts' })
    .toStream()
    .to(output)
})

export const sessionContest = (input: KeyedInput): Contest =>
  contest({
    ...{ name: 'count, sessions', topology: counting, module: import.meta.url },
    ...{ inputs: [input], output, counts: 'every' },
    loop(emit) {
      const sessions = new Map<number, { start: number; end: number; count: number }>()
      eachVisit(input, (key, time) => {
        let session = sessions.get(key)
        if (session !== undefined && time - session.end <= GAP_MS) {
          emit({ key, start: session.start, end: session.end }, null, session.end)
        } else {
          session = { start: time, end: time, count: 0 }
          sessions.set(key, session)
        }
        session.end = time
        session.count++
        emit({ key, start: session.start, end: time }, session.count, time)
      })
    },
  })
