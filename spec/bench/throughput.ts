// Whole pipelines against hand-written loops over the same batches, in turn. Millrace reads from the
// embedded broker and writes to it in fsynced transactions, with state in LMDB; the loops do none of
// that, in one thread. The ratio is the figure.

import { type Figure, shown } from './harness.ts'
import { keptLines, statelessLoop, wordCountLoop } from './loops.ts'
import { inTurn, timed } from './measure.ts'
import { type Pipeline, run } from './pipelines.ts'
import type { Text } from './text.ts'

interface Contest {
  readonly name: string
  readonly input: Text
  readonly loop: { readonly name: string; readonly run: () => unknown }
  readonly pipeline: Pipeline
  readonly items: number
  readonly unit: string
  readonly least: number
}

/** What is run over a text. */
export function throughputContests(input: Text): Contest[] {
  const stateless = {
    input,
    loop: { name: 'hand-written loop', run: () => statelessLoop(input.batches) },
    items: input.lines,
    unit: 'records/s',
  }
  const counting = {
    input,
    loop: { name: 'hand-written loop with a Map', run: () => wordCountLoop(input.batches) },
    items: input.words,
    unit: 'words/s',
  }
  const mapped = { topology: 'stateless', output: 'mapped', outputs: keptLines(input.batches) }
  const counted = { topology: 'wordcount', output: 'word-counts', outputs: input.words }
  return [
    { name: 'map, filter, map', ...stateless, pipeline: { ...mapped, workers: 2 }, least: 0.4 },
    { name: 'word count', ...counting, pipeline: { ...counted, workers: 2 }, least: 0.3 },
  ]
}

/** Exactly once with all workers, at least once, and exactly once with one worker, in one turn. */
export async function throughput(
  { name, loop, pipeline, ...it }: Contest,
  rounds: number,
): Promise<Figure[]> {
  const repeatable = { ...pipeline, guarantee: 'at-least-once' } as const
  await timed(loop.run)
  const [byHand, whole, repeated, single] = await inTurn(rounds, [
    () => timed(loop.run),
    () => run(it.input, pipeline),
    () => run(it.input, repeatable),
    () => run(it.input, { ...pipeline, workers: 1 }),
  ])
  if (!byHand || !whole || !repeated || !single) throw new Error('four bodies, four results')
  const figure = (how: string, spent: typeof whole, goal?: Figure['goal']): Figure => ({
    name: `${name}, ${how}`,
    value: (it.items / spent.ms) * 1000,
    unit: it.unit,
    ratio: { to: loop.name, value: byHand.ms / spent.ms },
    goal,
    note: `processor time ${shown(spent.cpuMs / byHand.cpuMs)} times the loop's`,
  })
  return [
    figure('exactly once, 2 workers', whole, { of: 'ratio', least: it.least }),
    figure('at least once, 2 workers', repeated),
    figure('exactly once, 1 worker', single),
  ]
}
