// As chaos.spec.ts, with hosts that share nothing but a NATS server, which is killed and started again
// as well. SEED=... has other things happen, in another order.

import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { natsSuite } from '../kit/nats-server.ts'
import { Storm, shuffled } from '../kit/storm.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { storedCounts } from '../kit/word-counts.ts'
import { WordGroup } from '../kit/word-group.ts'
import { WordLines } from '../kit/word-lines.ts'

const SEED = Number(process.env['SEED'] ?? 1)
const PARTITIONS = 4
const IDS = ['one', 'two', 'three']
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

await natsSuite('chaos-nats', {}, (test, server) => {
  test(`a cluster on NATS in a storm (seed ${SEED}) counts every word once`, async () => {
    // Each on a machine of its own: a directory that no other host has.
    const manifests = new Map(
      IDS.map((id) => {
        const facts = {
          ...{ application: 'words', broker: server.url, host: id, workers: 1 },
          ...{ commitIntervalMs: 20, sealIntervalMs: 200, sessionTimeoutMs: 2000, log: 'info' },
          actors: [{ topology: wordcount }],
        }
        return [id, manifestIn(tempDir(), facts)]
      }),
    )
    const random = seededRandom(SEED)
    const broker = await connectBroker(brokerLocation(server.url, tempDir()))
    const lines = new WordLines(SEED, 300, true)
    const group = await WordGroup.begin('words', broker, lines, PARTITIONS)
    const storm = new Storm({
      ...{ group, random, ids: IDS, tasks: 2 * PARTITIONS },
      host: (id) => new HostProcess(manifests.get(id) ?? ''),
      broker: async () => {
        await server.stop()
        await server.start()
      },
    })
    try {
      await storm.over(shuffled(['kill', 'freeze', 'roll', 'scale', 'broker', 'broker'], random))
      const counts = await storedCounts(['--app', 'words', '--broker', server.url])
      await storm.end()
      group.updates.read()
      assert.equal(group.updates.wrong, [])
      assert.equal(group.updates.totals, lines.totals)
      assert.equal(counts, lines.totals)
    } finally {
      storm.kill()
      await group.close()
    }
  })
})
