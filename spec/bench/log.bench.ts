// The embedded log by itself: appends, reads, small commits, and how long after an append another
// process can read it. Ratios are against a plain file: write, and fdatasync where the log flushes.

import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, BatchCursor } from '#protocols/records/batch'
import type { Durability } from '#runtime/process/broker-location'
import { tempDir } from '../kit/temp-dir.ts'
import { type Figure, report, shown } from './harness.ts'
import { fill, withLog } from './log-directory.ts'
import { median, nowMs, pause, quantile, setting, timed } from './measure.ts'

const EACH_MS = setting('EACH_MS', 500)
const ROUNDS = setting('ROUNDS', 3)
const READ_BYTES = 256 * 1024 * 1024
const RINGS = 400
const MB = 1e6

async function main(): Promise<void> {
  const figures: Figure[] = []
  for (const durability of ['fsync', 'os'] as const) {
    const batch = batchOf(64 * 1024)
    for (const appenders of [1, 8]) figures.push(await append(durability, appenders, batch))
    figures.push(...(await smallCommits(durability)))
  }
  figures.push(...(await read()), ...(await doorbell()))
  report('log', figures)
}

/** Records of about a hundred bytes. */
function batchOf(bytes: number): Uint8Array {
  const builder = new BatchBuilder()
  const value = utf8('x'.repeat(90))
  for (let n = 0; builder.byteLength < bytes; n++) builder.add(utf8(`key-${n}`), value, n)
  return builder.finish()
}

/** How often `body` came to an end in the time given to each, per second. */
async function rate(lanes: number, body: (lane: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + EACH_MS
  let count = 0
  const lane = async (n: number): Promise<void> => {
    while (performance.now() < end) {
      await body(n)
      count++
    }
  }
  const { ms } = await timed(() => Promise.all(Array.from({ length: lanes }, (_, n) => lane(n))))
  return (count / ms) * 1000
}

async function append(
  durability: Durability,
  appenders: number,
  batch: Uint8Array,
): Promise<Figure> {
  const [plain, appended] = await inTurns(
    () => plainFile(durability, (write) => rate(1, () => write(batch))),
    () => appends(durability, appenders, batch),
  )
  return {
    name: `append 64 KB batches, ${durability}, ${appenders} at a time`,
    value: (median(appended) * batch.length) / MB,
    unit: 'MB/s',
    ratio: { to: 'a plain file, one at a time', value: median(appended) / median(plain) },
    note: `${shown(median(appended))} appends/s`,
  }
}

/** What two bodies answer, round after round. */
async function inTurns<T>(a: () => Promise<T>, b: () => Promise<T>): Promise<[T[], T[]]> {
  const found: [T[], T[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    found[0].push(await a())
    found[1].push(await b())
  }
  return found
}

function appends(durability: Durability, appenders: number, batch: Uint8Array): Promise<number> {
  return withLog(durability, async ({ broker }) => {
    await broker.topics.ensure({ name: 'bench', partitions: 8 })
    const producer = broker.producer()
    return rate(appenders, (partition) =>
      producer.append([{ to: { topic: 'bench', partition }, batch }]),
    )
  })
}

/** A file that is written, and flushed where the log would be. */
async function plainFile<T>(
  durability: Durability,
  body: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  await using file = await open(join(tempDir(), 'plain'), 'w')
  return await body(async (bytes) => {
    await file.write(bytes)
    if (durability === 'fsync') await file.datasync()
  })
}

async function smallCommits(durability: Durability): Promise<Figure[]> {
  const changes = batchOf(1000)
  const [plain, committed] = await inTurns(
    () => plainFile(durability, (write) => latencies(() => write(changes))),
    () => commits(durability),
  )
  return [0.5, 0.99].map((q) => {
    const value = quantile(committed.flat(), q)
    const ratio = { to: 'a plain file', value: value / quantile(plain.flat(), q) }
    return { name: `small commit, ${durability}, p${q * 100}`, value, unit: 'ms', ratio }
  })
}

/** Commits of a task, ten changes each. */
function commits(durability: Durability): Promise<number[]> {
  return withLog(durability, async ({ broker }) => {
    const task = { application: 'bench', topology: 't', subtopology: 's', partition: 0 }
    const session = await broker.claim({ ...task, host: 'h', partitions: 1 })
    const builder = new BatchBuilder()
    for (let n = 0; n < 10; n++) builder.add(utf8(`key-${n}`), utf8('x'.repeat(90)), n)
    const transaction = { positions: [], changes: builder, outputs: [], meta: utf8('{}') }
    return latencies(() => session.commit(transaction))
  })
}

async function latencies(body: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = []
  await rate(1, async () => {
    const { ms } = await timed(body)
    found.push(ms)
  })
  return found
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
