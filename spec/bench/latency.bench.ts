// Latency under a tenth of full load: a host process counts words; this process appends lines at a
// steady pace and reads the counts as soon as it can. Full load is measured first, on the same host.
//
//   commit to readable    from the last count of a commit, just before it begins, until it is read
//                         here: encoding, transaction, flush, doorbell, read
//   counted to readable   from the moment any count was made until it is read here
//   end to end            from the moment a line was to be appended until a count of it is read here
//   plain file            a write of 4 KB and its fdatasync, now and then meanwhile: what the disk and
//                         the machine's other work cost anybody; the ratios are against these

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import type { BatchCursor } from '#protocols/records/batch'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { type Figure, report, shown } from './harness.ts'
import { fill, type LogDirectory, withLog, written } from './log-directory.ts'
import { pause, quantile, setting, timed } from './measure.ts'
import { appendAtPace, follow } from './pace.ts'
import { text } from './text.ts'

const LINES = setting('LINES', 400_000)
const SECONDS = setting('SECONDS', 15)
const PARTITIONS = 4
const SETTLE_MS = 2000
const PROBE_EVERY_MS = 50

interface Delays {
  readonly plain: number[]
  readonly commit: number[]
  readonly counted: number[]
  readonly whole: number[]
}

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

async function measure({ broker }: LogDirectory, host: HostProcess): Promise<Figure[]> {
  const full = text(LINES)
  await fill(broker, 'lines', PARTITIONS, full.batches)
  await host.ready()
  const linesPerSecond = await fullLoad(broker, full)
  const tenth = linesPerSecond / 10
  await pause(SETTLE_MS)
  const delays = await steady(broker, tenth)
  const row = (name: string, values: readonly number[], q: number): Figure => ({
    name: `${name}, p${q * 100}`,
    value: quantile(values, q),
    unit: 'ms',
    ...(values === delays.plain
      ? {}
      : { ratio: { to: 'a plain file', value: quantile(values, q) / quantile(delays.plain, q) } }),
    ...(values === delays.commit && q === 0.99 ? { goal: { most: 10 } } : {}),
    note: `${shown(values.length)} of them`,
  })
  return [
    { name: 'full load', value: linesPerSecond, unit: 'lines/s', note: 'then a tenth of it' },
    ...[0.5, 0.95, 0.99].map((q) => row('plain file', delays.plain, q)),
    ...[0.5, 0.95, 0.99].map((q) => row('commit to readable', delays.commit, q)),
    ...[0.5, 0.95, 0.99].map((q) => row('counted to readable', delays.counted, q)),
    ...[0.5, 0.95, 0.99].map((q) => row('end to end', delays.whole, q)),
  ]
}

/** Lines per second while everything that waits is counted. */
async function fullLoad(broker: Broker, { lines, words }: { lines: number; words: number }) {
  const first = await untilWritten(broker, 1)
  const start = performance.now()
  await untilWritten(broker, words)
  const share = (words - first) / words
  return (lines * share * 1000) / (performance.now() - start)
}

async function untilWritten(broker: Broker, least: number): Promise<number> {
  for (;;) {
    const count = await written(broker, 'stamped')
    if (count >= least) return count
    await pause(10)
  }
}

/** Appends lines at the pace given, whatever becomes of them, and takes the time of every count. */
async function steady(broker: Broker, linesPerSecond: number): Promise<Delays> {
  const delays: Delays = { plain: [], commit: [], counted: [], whole: [] }
  const readers = follow(broker, 'stamped', (batch, now) => collect(batch, now, delays))
  await Promise.all([probed(delays.plain), appendAtPace(broker, linesPerSecond, SECONDS)])
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
  while (cursor.next()) {
    const [, stamp] = cursor.buffer
      .toString('latin1', cursor.valueStart, cursor.valueEnd)
      .split(' ')
    last = Number(stamp)
    delays.counted.push(now - last)
    delays.whole.push(now - cursor.time)
  }
  delays.commit.push(now - last)
}

await main()
