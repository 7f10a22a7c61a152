// Appends to the embedded log and commits of tasks, against a plain file: write, and fdatasync where the
// log flushes.

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import type { Durability } from '#runtime/process/broker-location'
import { tempDir } from '../kit/temp-dir.ts'
import { type Figure, shown } from './harness.ts'
import { withLog } from './log-directory.ts'
import { median, quantile, timed } from './measure.ts'

/** How much is put into a figure. */
export interface Effort {
  readonly rounds: number
  /** For how long a round does one thing, ms. */
  readonly eachMs: number
}

const MB = 1e6

/** Records of about a hundred bytes. */
export function batchOf(bytes: number): Uint8Array {
  const builder = new BatchBuilder()
  const value = utf8('x'.repeat(90))
  for (let n = 0; builder.byteLength < bytes; n++) builder.add(utf8(`key-${n}`), value, n)
  return builder.finish()
}

/** How often `body` came to an end in the time given to each, per second. */
async function rate(
  eachMs: number,
  lanes: number,
  body: (lane: number) => Promise<unknown>,
): Promise<number> {
  const end = performance.now() + eachMs
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

export async function append(
  durability: Durability,
  appenders: number,
  batch: Uint8Array,
  effort: Effort,
): Promise<Figure> {
  const [plain, appended] = await inTurns(
    effort.rounds,
    () => plainFile(durability, (write) => rate(effort.eachMs, 1, () => write(batch))),
    () => appends(durability, appenders, batch, effort.eachMs),
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
async function inTurns<T>(
  rounds: number,
  a: () => Promise<T>,
  b: () => Promise<T>,
): Promise<[T[], T[]]> {
  const found: [T[], T[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    found[0].push(await a())
    found[1].push(await b())
  }
  return found
}

function appends(
  durability: Durability,
  appenders: number,
  batch: Uint8Array,
  eachMs: number,
): Promise<number> {
  return withLog(durability, async ({ broker }) => {
    await broker.topics.ensure({ name: 'bench', partitions: 8 })
    const producer = broker.producer()
    return rate(eachMs, appenders, (partition) =>
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

export async function smallCommits(durability: Durability, effort: Effort): Promise<Figure[]> {
  const changes = batchOf(1000)
  const [plain, committed] = await inTurns(
    effort.rounds,
    () => plainFile(durability, (write) => latencies(effort.eachMs, () => write(changes))),
    () => commits(durability, effort.eachMs),
  )
  return [0.5, 0.99].map((q) => {
    const value = quantile(committed.flat(), q)
    const ratio = { to: 'a plain file', value: value / quantile(plain.flat(), q) }
    return { name: `small commit, ${durability}, p${q * 100}`, value, unit: 'ms', ratio }
  })
}

/** Commits of a task, ten changes each. */
function commits(durability: Durability, eachMs: number): Promise<number[]> {
  return withLog(durability, async ({ broker }) => {
    const task = { application: 'bench', topology: 't', subtopology: 's', partition: 0 }
    const session = await broker.claim({ ...task, host: 'h', partitions: 1 })
    const builder = new BatchBuilder()
    for (let n = 0; n < 10; n++) builder.add(utf8(`key-${n}`), utf8('x'.repeat(90)), n)
    const transaction = { positions: [], changes: builder, outputs: [], meta: utf8('{}') }
    return latencies(eachMs, () => session.commit(transaction))
  })
}

async function latencies(eachMs: number, body: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = []
  await rate(eachMs, 1, async () => {
    const { ms } = await timed(body)
    found.push(ms)
  })
  return found
}
