// From nothing to the first output that another process can read: a host process, run from dist/bundle as
// users run it, and a host inside this process, whose modules are loaded already. The ratio
// is against Node starting and ending with an empty program.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { host } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { report } from './harness.ts'
import { fill, withLog } from './log-directory.ts'
import { inTurn, type Spent, setting, timed } from './measure.ts'
import { text } from './text.ts'

const ROUNDS = setting('ROUNDS', 3)
const MODULE = new URL('./stateless.ts', import.meta.url)

async function main(): Promise<void> {
  const [nothing, outside, inside] = await inTurn(ROUNDS, [
    () => timed(() => promisify(execFile)(process.execPath, ['-e', ''])),
    hostProcess,
    hostInside,
  ])
  if (!nothing || !outside || !inside) throw new Error('three bodies, three results')
  const ratio = (ms: number) => ({ to: 'an empty program', value: ms / nothing.ms })
  report('start', [
    { name: 'empty program', value: nothing.ms, unit: 'ms' },
    {
      name: 'host process to first output',
      ...{ value: outside.ms, unit: 'ms', ratio: ratio(outside.ms) },
      note: 'from the bundle; tsx for the topology included',
    },
    {
      name: 'host() to first output',
      ...{ value: inside.ms, unit: 'ms', ratio: ratio(inside.ms) },
    },
  ])
}

function hostProcess(): Promise<Spent> {
  return withLog('fsync', async ({ directory, broker }) => {
    const { first } = await prepared(broker)
    const facts = { broker: `file:${directory}`, actors: [{ topology: fileURLToPath(MODULE) }] }
    const manifest = manifestIn(directory, { application: 'bench', workers: 1, ...facts })
    const start = performance.now()
    const started = new HostProcess(manifest)
    await Promise.all([started.ready(), first])
    const ms = performance.now() - start
    await started.signal('SIGTERM')
    return { ms, cpuMs: 0 }
  })
}

function hostInside(): Promise<Spent> {
  return withLog('fsync', async ({ directory, broker }) => {
    const { first } = await prepared(broker)
    const options = { application: 'bench', broker: { file: directory }, actors: [MODULE] }
    const start = performance.now()
    const app = await host(options)
    try {
      await first
      return { ms: performance.now() - start, cpuMs: 0 }
    } finally {
      await app.close()
    }
  })
}

/** A log with a few lines; `first` settles with the first output. */
async function prepared(broker: Broker): Promise<{ readonly first: Promise<void> }> {
  await fill(broker, 'lines', 4, text(100).batches)
  await broker.topics.ensure({ name: 'mapped', partitions: 4 })
  return { first: Promise.race([0, 1, 2, 3].map((partition) => arrival(broker, partition))) }
}

function arrival(broker: Broker, partition: number): Promise<void> {
  return new Promise((resolve) => {
    const at = { topic: 'mapped', partition }
    broker.reader(at, 'earliest', resolve).take(1)
  })
}

await main()
