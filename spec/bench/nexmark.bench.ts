// Nexmark's queries, each as a topology and as a plain loop over the same events. Both must come to the
// same, and to the golden values where there are some for so many events. Events of a query are those
// of the topics that it reads.
//
//   EVENTS (default 100,000; golden values also for 1,000,000), QUERIES (q0,q5; default all) and ROUNDS
//   (default 3) turn it up or down. ENCODING=protobuf has binary messages instead of JSON.

import { compare, expected } from './contest.ts'
import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'
import { contestOf } from './nexmark/contest-of.ts'
import { makeEvents } from './nexmark/events.ts'
import { missed } from './nexmark/golden.ts'
import { queries } from './nexmark/queries.ts'

const EVENTS = setting('EVENTS', 100_000)
const ROUNDS = setting('ROUNDS', 3)

async function main(): Promise<void> {
  const events = makeEvents(EVENTS)
  const figures: Figure[] = []
  for (const name of process.env['QUERIES']?.split(',') ?? Object.keys(queries)) {
    const query = queries[name]
    if (query === undefined) throw new Error(`there is no query '${name}'`)
    const contest = contestOf(name, query, events)
    const fault = missed(name, EVENTS, query.tally(expected(contest).rows(query.output)))
    if (fault !== '') throw new Error(`${name}: ${fault}`)
    figures.push(await compare(contest, ROUNDS))
  }
  const encoding = process.env['ENCODING'] ?? 'json'
  report(`nexmark, ${EVENTS} events, ${encoding}, exactly once, fsync, 2 workers`, figures)
}

await main()
