// q0: every bid, as it is. What it costs to pass a record on.

import { topic, topology } from 'millrace'
import { query, sumOf } from './query.ts'
import { bidSerde, bids, id, PARTITIONS } from './schema.ts'

const output = topic('q0', { key: id, value: bidSerde, partitions: PARTITIONS })

export const q0 = topology('q0', (t) => {
  t.stream(bids).to(output)
})

export const q0Query = query({
  ...{ topology: q0, module: import.meta.url, reads: ['bids'], output, counts: 'every' },
  loop: (events, emit) => events.each({ bid: (bid) => emit(bid.auction, bid, bid.dateTime) }),
  tally: (rows) => ({ rows: rows.length, sumPrice: sumOf(rows, ([, { price }]) => price) }),
})
