// The same topology over a broker in memory: the testkit's, which is the production runtime on another
// engine. Against it, a host on the embedded broker shows what the disk costs.

import { testkit } from 'millrace/testkit'
import type { Figure } from './harness.ts'
import { fill } from './log-directory.ts'
import { inTurn, type Spent, timed } from './measure.ts'
import { run } from './pipelines.ts'
import type { Text } from './text.ts'
import { wordcount } from './wordcount.ts'

const PARTITIONS = 4

/** Word count in this thread, exactly once. */
export async function againstMemory(input: Text, rounds: number): Promise<Figure> {
  const outputs = { output: 'word-counts', outputs: input.words }
  const [inMemory, onDisk] = await inTurn(rounds, [
    () => counted(input),
    () => run(input, { topology: 'wordcount', ...outputs, workers: 0 }),
  ])
  if (!inMemory || !onDisk) throw new Error('two bodies, two results')
  return {
    name: 'word count, exactly once, in this thread',
    value: (input.words / onDisk.ms) * 1000,
    unit: 'words/s',
    ratio: { to: 'the broker in memory', value: inMemory.ms / onDisk.ms },
  }
}

async function counted(input: Text): Promise<Spent> {
  await using t = await testkit(wordcount)
  return await timed(async () => {
    const filled = fill(t.broker, 'lines', PARTITIONS, input.batches)
    await t.settle()
    await filled
    await t.settle()
  })
}
