// What goes on between two losses of power: `power-loss-boot.ts DIRECTORY SEED BOOT BOOTS`. A host counts the
// words of the lines that were acknowledged in this boot and in those before. Says `now` when it is somewhere on
// its way, and goes on; in the last boot it counts to the end, and fails unless every count is exact.

import * as assert from 'node:assert/strict'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { utf8 } from '#protocols/core/bytes'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

const LINES_A_BOOT = 5000
const PARTITIONS = 4
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

const [directory = '', ...numbers] = process.argv.slice(2)
const [seed = 0, boot = 0, boots = 0] = numbers.map(Number)

async function main(): Promise<void> {
  if (boot > 0) {
    const checked = await millrace(['log', 'check', 'data'], '', directory)
    assert.equal(checked.code, 0, checked.stdout + checked.stderr)
  }
  const host = new HostProcess(
    manifestIn(directory, {
      application: 'words',
      host: 'one',
      workers: 1,
      commitIntervalMs: 20,
      sealIntervalMs: 200,
      log: 'warn',
      actors: [{ topology: wordcount }],
    }),
  )
  await host.ready()
  const broker = openBroker(brokerLocation('file:data', directory))
  const updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  const lines = new WordLines(seed)
  lines.next(LINES_A_BOOT * boot)
  updates.read()
  const before = updates.count
  const writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
  for (const line of lines.next(LINES_A_BOOT)) {
    writer.add({ key: null, value: utf8(line), time: boot, headers: [] })
  }
  await writer.flush()

  const isLast = boot === boots - 1
  const way = isLast ? 1 : boot % 2 === 1 ? 0 : seededRandom(seed + boot).next()
  const target = before + Math.floor((lines.words - before) * way)
  await within(120_000, `${target} updates are written`, updates.until(target))
  process.stdout.write('now\n')
  if (!isLast) return

  await host.signal('SIGTERM')
  updates.read()
  assert.deepEqual(updates.wrong, [])
  assert.deepEqual(updates.totals, lines.totals)
  updates.close()
  await broker.close()
}

await main()
