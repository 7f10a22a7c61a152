// What being watched costs: word count while somebody asks for the metrics every second, which is oftener
// than Prometheus does, and without HTTP, in turn. What a record pays for being counted it pays in both: one
// number that grows. The ratio is the figure.
//
//   LINES (default 1,200,000) and ROUNDS (default 5) turn it up or down.

import { report } from './harness.ts'
import { inTurn, setting } from './measure.ts'
import { type Pipeline, run } from './pipelines.ts'
import { text } from './text.ts'

async function main(): Promise<void> {
  const input = text(setting('LINES', 1_200_000))
  const pipeline: Pipeline = {
    ...{ topology: 'wordcount', output: 'word-counts', outputs: input.words, workers: 1 },
  }
  const [alone, watched] = await inTurn(setting('ROUNDS', 5), [
    () => run(input, pipeline),
    () => run(input, { ...pipeline, isWatched: true }),
  ])
  if (!alone || !watched) throw new Error('two bodies, two results')
  report('metrics', [
    { name: 'word count, 1 worker', value: (input.words / alone.ms) * 1000, unit: 'words/s' },
    {
      name: 'the same while its metrics are asked for every second',
      ...{ value: (input.words / watched.ms) * 1000, unit: 'words/s' },
      ratio: { to: 'without', value: alone.ms / watched.ms },
      goal: { of: 'ratio', least: 0.97 },
      note: `processor time ${(watched.cpuMs / alone.cpuMs).toFixed(3)} times the other's`,
    },
  ])
}

await main()
