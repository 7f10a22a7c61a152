// Whole pipelines against hand-written loops over the same batches, in turn. Millrace reads from the
// embedded broker and writes to it in fsynced transactions, with state in LMDB; the loops do none of
// that, in one thread. The ratio is the figure.
//
//   LINES (default 600,000) and ROUNDS (default 3) turn it up or down.

import { type Figure, report } from './harness.ts'
import { setting } from './measure.ts'
import { text } from './text.ts'
import { throughput, throughputContests } from './throughput.ts'

async function main(): Promise<void> {
  const input = text(setting('LINES', 600_000))
  const rounds = setting('ROUNDS', 3)
  const figures: Figure[] = []
  for (const contest of throughputContests(input)) {
    figures.push(...(await throughput(contest, rounds)))
  }
  report('throughput', figures)
}

await main()
