// Runs a topology over text that is in the log already, in a host of its own, and says how fast: from
// the first output in the log to the last. What a start costs is another figure (start.bench.ts).

import { host } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import type { TaskOptions } from '#runtime/process/task-settings'
import { fill, withLog, written } from './log-directory.ts'
import { cpuMsSince, pause, type Spent } from './measure.ts'
import type { Text } from './text.ts'

export interface Pipeline {
  /** A module here, without its ending. */
  readonly topology: string
  readonly output: string
  /** Records there will be. */
  readonly outputs: number
  readonly workers: number
  readonly guarantee?: TaskOptions['guarantee']
  /** Somebody asks for its metrics over HTTP, every second. */
  readonly isWatched?: boolean
}

const PARTITIONS = 4
const LOOK_EVERY_MS = 5
const ASK_EVERY_MS = 1000

/** What all outputs take, as far as the time between the first and the last of them tells. */
export function run(input: Text, pipeline: Pipeline): Promise<Spent> {
  const { topology, workers, guarantee, isWatched = false } = pipeline
  return withLog('fsync', async ({ directory, broker }) => {
    await fill(broker, 'lines', PARTITIONS, input.batches)
    const options = { application: 'bench', broker: { file: directory }, workers, guarantee }
    await using app = await host({ ...options, http: isWatched ? { port: 0 } : undefined })
    await app.register(new URL(`./${topology}.ts`, import.meta.url))
    const asking = setInterval(() => app.http === null || ask(app.http), ASK_EVERY_MS)
    try {
      return await sustained(broker, pipeline)
    } finally {
      clearInterval(asking)
    }
  })
}

/** An answer that is not one is a fault of the run. */
async function ask(url: string): Promise<void> {
  const answer = await fetch(`${url}/metrics`)
  if (!answer.ok || !(await answer.text()).includes('millrace_')) throw new Error('no metrics')
}

async function sustained(broker: Broker, { output, outputs }: Pipeline): Promise<Spent> {
  const first = await untilWritten(broker, output, 1)
  const cpu = process.cpuUsage()
  const start = performance.now()
  await untilWritten(broker, output, outputs)
  const whole = outputs / (outputs - first)
  return { ms: (performance.now() - start) * whole, cpuMs: cpuMsSince(cpu) * whole }
}

async function untilWritten(broker: Broker, topic: string, least: number): Promise<number> {
  for (;;) {
    const count = await written(broker, topic)
    if (count >= least) return count
    await pause(LOOK_EVERY_MS)
  }
}
