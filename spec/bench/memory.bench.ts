// Whether memory stays bounded while a long log is replayed: 5 GB of documents, by a topology without
// state and by one that counts. Every record comes from the log and gives one record. Compared are the
// peaks of the first and of the last quarter of each replay; LMDB's pages count as resident, but are
// the system's cache.
//
//   GB (default 5) makes the log longer or shorter; it needs twice as much room on the disk.

import { spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import { ByteWriter } from '#protocols/core/byte-writer'
import { BatchBuilder } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { type Figure, report, shown } from './harness.ts'
import { fill, type LogDirectory, withLog, written } from './log-directory.ts'
import { pause, setting } from './measure.ts'

interface Look {
  readonly heapUsed: number
  readonly arrayBuffers: number
  readonly rss: number
}

const LOG_BYTES = setting('GB', 5) * 1e9
const DOCUMENT_BYTES = 1000
const KEYS = 100_000
const BATCHES = 256
const MB = 1e6

async function main(): Promise<void> {
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize < LOG_BYTES * 2) {
    process.stdout.write(`memory: skipped, ${tmpdir()} has no room for ${shown(LOG_BYTES * 2)}B\n`)
    return
  }
  const figures = await withLog('os', async (log) => {
    const documents = await write(log.broker)
    const found: Figure[] = []
    for (const name of ['passing', 'counting']) found.push(...(await replay(log, name, documents)))
    return found
  })
  report('memory', figures)
}

/** Fills the log; answers how many documents there are. */
async function write(broker: Broker): Promise<number> {
  const some = documents()
  const bytes = some.reduce((sum, batch) => sum + batch.length, 0)
  for (let at = 0; at < LOG_BYTES; at += bytes) await fill(broker, 'documents', 4, some)
  return written(broker, 'documents')
}

/** Batches of documents; keys come again and again. */
function documents(): Uint8Array[] {
  const builder = new BatchBuilder()
  const key = new ByteWriter(4)
  const document = new Uint8Array(DOCUMENT_BYTES).fill(120)
  const batches: Uint8Array[] = []
  for (let n = 0; batches.length < BATCHES; n++) {
    key.clear()
    serde.int32().write((n * 7919) % KEYS, key)
    builder.add(key.view(), document, n)
    if (builder.byteLength >= 256 * 1024) batches.push(builder.finish())
  }
  return batches
}

async function replay({ directory, broker }: LogDirectory, name: string, count: number) {
  const looks: Look[] = []
  const host = fileURLToPath(new URL('./memory-host.ts', import.meta.url))
  const argv = ['--import', 'tsx', '--conditions=source', host, directory, name]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  // Printed as such by memory-host.ts.
  createInterface({ input: child.stdout }).on('line', (line) =>
    looks.push(JSON.parse(line) as Look),
  )
  const start = performance.now()
  while ((await written(broker, 'replayed')) < count) {
    if (child.exitCode !== null) throw new Error(`the host of '${name}' ended`)
    await pause(20)
  }
  const ms = performance.now() - start
  child.kill('SIGTERM')
  await ended
  await broker.topics.drop('replayed')
  return figures(name, looks, (count / ms) * 1000)
}

function figures(name: string, looks: readonly Look[], perSecond: number): Figure[] {
  const quarter = Math.ceil(looks.length / 4)
  const peaks = [looks, looks.slice(0, quarter), looks.slice(-quarter)].map((part) => ({
    heap: Math.max(...part.map(({ heapUsed, arrayBuffers }) => heapUsed + arrayBuffers)),
    rss: Math.max(...part.map(({ rss }) => rss)),
  }))
  const [whole, first, last] = peaks
  if (!whole || !first || !last) throw new Error('three parts, three peaks')
  return [
    {
      name: `${name}, peak of heap and buffers`,
      value: whole.heap / MB,
      unit: 'MB',
      ratio: { to: 'its first quarter, in its last', value: last.heap / first.heap },
      goal: { of: 'ratio', most: 1.5 },
      note: `${shown(perSecond)} records/s, ${looks.length} looks`,
    },
    { name: `${name}, peak resident`, value: whole.rss / MB, unit: 'MB' },
  ]
}

await main()
