// q11: how many bids each bidder made without a pause of more than ten seconds.

import { serde, session, topic, topology } from 'millrace'
import { GRACE, query } from './query.ts'
import { bids, id, PARTITIONS } from './schema.ts'

const GAP_MS = 10_000

const output = topic('q11', {
  key: serde.sessionWindowed(id),
  value: serde.nullable(serde.int64()),
  partitions: PARTITIONS,
})

export const q11 = topology('q11', (t) => {
  t.stream(bids)
    .groupBy((_auction, { bidder }) => bidder, { key: id })
    .windowedBy(session({ gap: GAP_MS, grace: GRACE }))
    .count({ store: 'sessions' })
    .toStream()
    .to(output)
})

export const q11Query = query({
  ...{ topology: q11, module: import.meta.url, reads: ['bids'], output, counts: 'newest' },
  loop(events, emit) {
    const sessions = new Map<number, { start: number; end: number; count: number }>()
    events.each({
      bid({ bidder, dateTime }) {
        let session = sessions.get(bidder)
        if (session === undefined || dateTime - session.end > GAP_MS) {
          session = { start: dateTime, end: dateTime, count: 0 }
          sessions.set(bidder, session)
        }
        const { start, end } = session
        if (session.count > 0 && end !== dateTime) emit({ key: bidder, start, end }, null, end)
        session.end = dateTime
        session.count++
        emit({ key: bidder, start, end: dateTime }, session.count, dateTime)
      },
    })
  },
  tally: (rows) => ({
    sessions: rows.length,
    maxCount: Math.max(...rows.map(([, count]) => count ?? 0)),
    bidders: new Set(rows.map(([{ key }]) => key)).size,
  }),
})
