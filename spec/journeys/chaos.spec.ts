// Three host processes on one directory count words under a steady load, while they are killed, stopped
// for longer than their memberships last, restarted one after another, and all but one of them go and
// come. In the end every word has its exact count, and the output topic has each update once, in order.
// SEED=... has other things happen, in another order.

import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { Storm, shuffled } from '../kit/storm.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { storedCounts } from '../kit/word-counts.ts'
import { WordGroup } from '../kit/word-group.ts'
import { WordLines } from '../kit/word-lines.ts'

const SEED = Number(process.env['SEED'] ?? 1)
const PARTITIONS = 4
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

test(`a cluster in a storm (seed ${SEED}) counts every word once`, async () => {
  const directory = tempDir()
  const manifest = manifestIn(directory, {
    ...{ application: 'words', workers: 1, partitions: PARTITIONS, sessionTimeoutMs: 2000 },
    ...{ commitIntervalMs: 20, sealIntervalMs: 200, log: 'info' },
    actors: [{ topology: wordcount }],
  })
  const random = seededRandom(SEED)
  const broker = openBroker(brokerLocation('file:data', directory))
  const group = await WordGroup.begin('words', broker, new WordLines(SEED, 300, true), PARTITIONS)
  const storm = new Storm({
    ...{ group, random, ids: ['one', 'two', 'three'], tasks: 2 * PARTITIONS },
    host: (id) => new HostProcess(manifest, ['--id', id]),
  })
  try {
    await storm.over(shuffled(['kill', 'freeze', 'roll', 'scale', 'freeze'], random))
    const counts = await storedCounts(['--app', 'words', '--manifest', manifest])
    await storm.end()
    group.updates.read()
    assert.equal(group.updates.wrong, [])
    assert.equal(group.updates.totals, group.lines.totals)
    assert.equal(counts, group.lines.totals)
  } finally {
    storm.kill()
    await group.close()
  }
})

test.run()
