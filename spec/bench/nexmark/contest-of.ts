// A query over some events as a contest.

import type { Contest } from '../contest.ts'
import type { Events } from './events.ts'
import type { Query } from './query.ts'

export function contestOf(name: string, query: Query, events: Events): Contest {
  const { topology, module, reads, output, counts } = query
  return {
    ...{ name, topology, module, output, counts },
    inputs: reads.map((source) => events.inputs[source]),
    loop: (emit) => query.loop(events, emit),
  }
}
