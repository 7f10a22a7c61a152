// What a host costs that has nothing to do: processor time of a host process with 64 tasks, as a share
// of one core.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { report } from './harness.ts'
import { withLog } from './log-directory.ts'
import { pause, setting } from './measure.ts'

const SECONDS = setting('SECONDS', 20)
const SETTLE_MS = 5000
const TICKS_PER_SECOND = 100

async function main(): Promise<void> {
  const actor = { topology: fileURLToPath(new URL('./idle-topology.ts', import.meta.url)) }
  const [few, many] = await Promise.all([share(actor, 1), share(actor, 32)])
  const note = `over ${SECONDS} s`
  report('idle', [
    { name: 'host with 2 idle tasks', value: few, unit: '% of a core', note },
    { name: 'host with 64 idle tasks', value: many, unit: '% of a core', note },
    {
      name: 'an idle task',
      value: Math.max(0, many - few) / 62,
      unit: '% of a core',
      goal: { most: 0.05 },
    },
  ])
}

/** Two sub-topologies make two tasks of every partition. */
function share(actor: { readonly topology: string }, partitions: number): Promise<number> {
  return withLog('fsync', async ({ directory }) => {
    const facts = { application: 'bench', workers: 2, partitions, actors: [actor] }
    const host = new HostProcess(manifestIn(directory, { ...facts, broker: `file:${directory}` }))
    try {
      await host.ready()
      await pause(SETTLE_MS)
      const before = cpuSeconds(host)
      await pause(SECONDS * 1000)
      return ((cpuSeconds(host) - before) / SECONDS) * 100
    } finally {
      await host.signal('SIGTERM')
    }
  })
}

/** User and system time so far: fields 14 and 15 of /proc/PID/stat, counted behind the name. */
function cpuSeconds({ child }: HostProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

if (process.platform === 'linux') await main()
else process.stdout.write('idle: skipped, there is no /proc here\n')
