// A host is killed with SIGKILL again and again while it counts words, and starts again each time. In
// the end every word has its exact count, and the output topic has each update once, in order.
//
// Where it is killed is decided by what it has written so far, so the points are spread over starting,
// restoring, processing, committing and sealing; nothing here depends on how long anything takes.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

const KILLS = 16
const LINES_A_ROUND = 7000
const PARTITIONS = 4
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

for (const seed of [11, 12]) {
  test(`killed 16 times, a word count over 112,000 records is exact and repeats nothing (seed ${seed})`, () =>
    killedAgainAndAgain(seed))
}

async function killedAgainAndAgain(seed: number): Promise<void> {
  const directory = tempDir()
  const manifest = manifestIn(directory, {
    application: 'words',
    host: 'one',
    workers: 1,
    commitIntervalMs: 20,
    sealIntervalMs: 200,
    log: 'warn',
    actors: [{ topology: wordcount }],
  })
  const random = seededRandom(seed)
  const lines = new WordLines(seed)
  let host = new HostProcess(manifest)
  await host.ready()
  const broker = openBroker(brokerLocation('file:data', directory))
  const writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
  const updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      for (const line of lines.next(LINES_A_ROUND)) {
        writer.add({ key: null, value: utf8(line), time: kill, headers: [] })
      }
      await writer.flush()
      // Every fifth time before it can have done anything, else somewhere on the way.
      if (kill % 5 !== 4) {
        const ahead = lines.words - updates.count
        const target = updates.count + Math.floor(random.next() * ahead)
        await within(120_000, `${target} updates are written`, updates.until(target))
      }
      await host.signal('SIGKILL')
      host = new HostProcess(manifest)
      if (random.next() < 0.7) await host.ready()
    }
    await host.ready()
    await within(120_000, `${lines.words} updates are written`, updates.until(lines.words))
    await host.signal('SIGTERM')
    assert.is(await host.exit, 0)
    assert.is(updates.count, lines.words)
    assert.equal(updates.wrong, [])
    assert.equal(updates.totals, lines.totals)

    const survivor = new HostProcess(manifest)
    await survivor.ready()
    const data = `file:${join(directory, 'data')}`
    const asked = await millrace(['query', 'counts', 'w0', '--broker', data])
    assert.is(asked.stdout.trim(), String(lines.totals.get('w0')))
    await survivor.signal('SIGTERM')
  } finally {
    updates.close()
    await broker.close()
  }
}

test.run()
