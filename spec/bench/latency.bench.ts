// Latency under a tenth and under half of the load that is sustained: a host process counts words, a
// second process appends lines at a steady pace, and this one reads the counts as soon as it can. What is
// sustained is measured first, with all three of them.
//
//   due to split          from the moment a line was to be appended until the first stage has it: append,
//                         doorbell, what waits before it in the task's partition
//   split to counted      until the second stage has counted a word of it: the rest of the slice, a commit,
//                         doorbell, what waits before it
//   counted to readable   until the count is read here: the rest of the slice, a commit, doorbell, read
//   end to end            all of these
//   commit to readable    from the last count of a commit, just before it begins, until it is read
//   plain file            a write of 4 KB and its fdatasync, now and then meanwhile: what the disk and
//                         the machine's other work cost anybody; the ratios are against these
//
//   SECONDS (15) each load lasts; WINDOW (40,000) lines may be under way while the load is found.

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import type { BatchCursor } from '#protocols/records/batch'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { type Figure, report, shown } from './harness.ts'
import { type LogDirectory, withLog } from './log-directory.ts'
import { pause, quantile, setting, timed } from './measure.ts'
import { type Appender, follow, sustainedLoad, withAppender } from './pace.ts'

const SECONDS = setting('SECONDS', 15)
const WINDOW = setting('WINDOW', 40_000)
const LOADS = [0.1, 0.5]
/** Of so many counts the stages of one are kept. */
const ONE_OF = 8
const PARTITIONS = 4
const SETTLE_MS = 2000
const PROBE_EVERY_MS = 50

/** Delays by what they are of, ms. */
type Delays = ReturnType<typeof noDelays>

const noDelays = () => ({
  'plain file': [] as number[],
  'due to split': [] as number[],
  'split to counted': [] as number[],
  'counted to readable': [] as number[],
  'end to end': [] as number[],
  'commit to readable': [] as number[],
})

async function main(): Promise<void> {
  const figures = await withLog('fsync', async (log) => {
    const facts = { broker: `file:${log.directory}`, actors: [{ topology: modulePath }] }
    const options = { application: 'bench', workers: 2, ...facts }
    const host = new HostProcess(manifestIn(log.directory, options))
    try {
      return await measure(log, host)
    } finally {
      await host.signal('SIGTERM')
    }
  })
  report('latency', figures)
}

const modulePath = fileURLToPath(new URL('./latency-topology.ts', import.meta.url))

async function measure({ broker, directory }: LogDirectory, host: HostProcess): Promise<Figure[]> {
  for (const name of ['lines', 'stamped']) {
    await broker.topics.ensure({ name, partitions: PARTITIONS })
  }
  await host.ready()
  const found = async (appender: Appender): Promise<Figure[]> => {
    const load = { broker, appender }
    await sustainedLoad(load, 'stamped', WINDOW, SECONDS)
    const full = await sustainedLoad(load, 'stamped', WINDOW, SECONDS)
    const figures: Figure[] = [{ name: 'sustained', value: full, unit: 'lines/s' }]
    for (const part of LOADS) {
      figures.push(...figuresOf(part, await steady(load, full * part)))
    }
    return figures
  }
  return await withAppender(directory, found, true)
}

function figuresOf(part: number, delays: Delays): Figure[] {
  const plain = delays['plain file']
  return Object.entries(delays).flatMap(([what, values]) =>
    [0.5, 0.95, 0.99].map((q): Figure => {
      const value = quantile(values, q)
      const isGoal = part === 0.1 && what === 'commit to readable' && q === 0.99
      return {
        name: `at ${part} of it, ${what}, p${q * 100}`,
        ...{ value, unit: 'ms', note: `${shown(values.length)} of them` },
        ratio:
          values === plain ? undefined : { to: 'a plain file', value: value / quantile(plain, q) },
        ...(isGoal ? { goal: { most: 10 } } : {}),
      }
    }),
  )
}

/** Appends lines at the pace given, whatever becomes of them, and takes the time of every count. */
async function steady(
  { broker, appender }: { broker: Broker; appender: Appender },
  linesPerSecond: number,
): Promise<Delays> {
  const delays = noDelays()
  const readers = follow(broker, 'stamped', (batch, now) => collect(batch, now, delays))
  await Promise.all([probed(delays['plain file']), appender.atPace(linesPerSecond, SECONDS)])
  await pause(SETTLE_MS)
  for (const reader of readers) reader.close()
  return delays
}

/** Writes and flushes a file of its own, for as long as the load lasts. */
async function probed(spent: number[]): Promise<void> {
  await using file = await open(join(tempDir(), 'plain'), 'w')
  const bytes = new Uint8Array(4096)
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    const { ms } = await timed(async () => {
      await file.write(bytes)
      await file.datasync()
    })
    spent.push(ms)
    await pause(PROBE_EVERY_MS)
  }
}

/** The records of one commit in one partition. */
function collect(cursor: BatchCursor, now: number, delays: Delays): void {
  let last = 0
  for (let n = 0; cursor.next(); n++) {
    const value = cursor.buffer.toString('latin1', cursor.valueStart, cursor.valueEnd)
    last = Number(value.slice(value.lastIndexOf(' ')))
    if (n % ONE_OF !== 0) continue
    const [, due = 0, split = 0, counted = 0] = value.split(' ').map(Number)
    delays['due to split'].push(split - due)
    delays['split to counted'].push(counted - split)
    delays['counted to readable'].push(now - counted)
    delays['end to end'].push(now - due)
  }
  delays['commit to readable'].push(now - last)
}

await main()
