// Joins, each against a plain loop that keeps what it waits for in Maps.
//
//   EVENTS (default 200,000) and ROUNDS (default 3) turn it up or down.

import { compare } from './contest.ts'
import { type Figure, report } from './harness.ts'
import { foreignKeyContest } from './joins/foreign-key.ts'
import { streamsContest } from './joins/streams.ts'
import { tableContest } from './joins/table.ts'
import { setting } from './measure.ts'

async function main(): Promise<void> {
  const events = setting('EVENTS', 200_000)
  const rounds = setting('ROUNDS', 3)
  const figures: Figure[] = []
  for (const contestOf of [streamsContest, tableContest, foreignKeyContest]) {
    figures.push(await compare(contestOf(events), rounds))
  }
  report('joins, exactly once, fsync, 2 workers', figures)
}

await main()
