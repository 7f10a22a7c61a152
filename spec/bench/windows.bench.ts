// Counts in windows, each against a plain loop that keeps them in Maps. Every update is told.
//
//   EVENTS (default 300,000) and ROUNDS (default 3) turn it up or down.

import { compare } from './contest.ts'
import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'
import { hoppingContest } from './windows/hopping.ts'
import { sessionContest } from './windows/session.ts'
import { tumblingContest } from './windows/tumbling.ts'
import { makeVisits } from './windows/visits.ts'

async function main(): Promise<void> {
  const visits = makeVisits(setting('EVENTS', 300_000))
  const rounds = setting('ROUNDS', 3)
  const figures: Figure[] = []
  for (const contestOf of [tumblingContest, hoppingContest, sessionContest]) {
    figures.push(await compare(contestOf(visits), rounds))
  }
  report('windows, exactly once, fsync, 2 workers', figures)
}

await main()
