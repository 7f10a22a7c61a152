// The embedded log by itself: appends, reads, small commits, and how long after an append another
// process can read it. Ratios are against a plain file: write, and fdatasync where the log flushes.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Broker } from '#protocols/broker/broker'
import { BatchCursor } from '#protocols/records/batch'
import { type Figure, report } from './harness.ts'
import { fill, withLog } from './log-directory.ts'
import { append, batchOf, smallCommits } from './log-writes.ts'
import { nowMs, pause, quantile, setting } from './measure.ts'

const EFFORT = { rounds: setting('ROUNDS', 3), eachMs: setting('EACH_MS', 500) }
const READ_BYTES = 256 * 1024 * 1024
const RINGS = 400
const MB = 1e6

async function main(): Promise<void> {
  const figures: Figure[] = []
  for (const durability of ['fsync', 'os'] as const) {
    const batch = batchOf(64 * 1024)
    for (const appenders of [1, 8]) figures.push(await append(durability, appenders, batch, EFFORT))
    figures.push(...(await smallCommits(durability, EFFORT)))
  }
  figures.push(...(await read()), ...(await doorbell()))
  report('log', figures)
}

async function read(): Promise<Figure[]> {
  const batch = batchOf(256 * 1024)
  const batches = Array.from({ length: Math.ceil(READ_BYTES / batch.length) }, () => batch)
  return withLog('os', async ({ broker }) => {
    await fill(broker, 'bench', 1, batches)
    walk(broker)
    const found = walk(broker)
    const perSecond = (count: number): number => (count / found.ms) * 1000
    return [
      { name: 'read', value: perSecond(batches.length * batch.length) / MB, unit: 'MB/s' },
      { name: 'read, every record visited', value: perSecond(found.records), unit: 'records/s' },
    ]
  })
}

function walk(broker: Broker): { ms: number; records: number } {
  const reader = broker.reader({ topic: 'bench', partition: 0 }, 'earliest', () => {})
  const start = performance.now()
  let records = 0
  for (;;) {
    const batches = reader.take(1024 * 1024)
    if (batches.length === 0) break
    for (const { batch, base } of batches) {
      const cursor = new BatchCursor(batch, base)
      while (cursor.next()) records++
    }
  }
  reader.close()
  return { ms: performance.now() - start, records }
}

/** From the acknowledgement in one process to the record in the hands of another. */
function doorbell(): Promise<Figure[]> {
  return withLog('os', async ({ directory, broker }) => {
    await broker.topics.ensure({ name: 'bell', partitions: 1 })
    const seen: number[] = []
    const look = (): void => {
      for (let found = reader.take(1 << 20); found.length > 0; found = reader.take(1 << 20)) {
        while (seen.length < reader.position) seen.push(nowMs())
      }
    }
    const reader = broker.reader({ topic: 'bell', partition: 0 }, 'earliest', () => look())
    look()
    const child = fileURLToPath(new URL('./log-child.ts', import.meta.url))
    const argv = ['--import', 'tsx', '--conditions=source', child, directory, String(RINGS)]
    const { stdout } = await promisify(execFile)(process.execPath, argv)
    while (seen.length < RINGS) await pause(10)
    // Printed by the child as such.
    const acknowledged = JSON.parse(stdout) as number[]
    const delays = acknowledged.map((ms, n) => Math.max(0, (seen[n] ?? ms) - ms))
    return [0.5, 0.99].map((q) => ({
      name: `append acknowledged to read by another process, p${q * 100}`,
      value: quantile(delays, q),
      unit: 'ms',
      ...(q === 0.99 ? { goal: { most: 10 } } : {}),
    }))
  })
}

await main()
