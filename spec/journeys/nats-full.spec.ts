// A NATS server that has no room left, under load: who writes is told, and all goes on by itself when
// there is room again: a topic can be dropped on a server that takes in nothing.

import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { appendTo } from '../contracts/broker-kit.ts'
import { natsSuite } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { NatsWords } from './nats-words.ts'

const NEVER_MS = 60_000
/** Nearly all of it. */
const BALLAST_BYTES = 120_000_000
const ROOM = '128M'
const store = `jetstream { store_dir: ${JSON.stringify(tempDir())}, max_file_store: ${ROOM} }`

await natsSuite('a full nats', { hasJetStream: false, config: store }, (test, server) => {
  test('hosts on a server that was full go on by themselves, and count every word once', async () => {
    const world = await NatsWords.open(server)
    const { lines, updates, broker } = world
    try {
      await broker.topics.ensure({ name: 'ballast', partitions: 1 })
      for (let sent = 0; sent < BALLAST_BYTES; sent += 500_000) {
        await broker.producer().append([appendTo('ballast', 0, ['x'.repeat(500_000)])])
      }
      const host = world.host('one')
      await host.ready()
      let refused: unknown = null
      for (let round = 0; refused === null; round++) {
        await world.feed(round).catch((error: unknown) => {
          refused = error
        })
      }
      assert.ok(isMillraceError(refused, 'LOG_FULL'), String(refused))
      await within(NEVER_MS, 'the host is told too', host.says('has no room'))
      await broker.topics.drop('ballast')
      // What was refused goes in first.
      await world.feed(0)
      await world.reach(lines.words)
      await host.signal('SIGTERM')
      assert.is(await host.exit, 0)
      assert.is(updates.count, lines.words)
      assert.equal(updates.wrong, [])
      assert.equal(updates.totals, lines.totals)
    } finally {
      await world.close()
    }
  })
})
