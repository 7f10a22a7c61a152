// Limits that a server or an account has, or gets later on: what meets one is refused with a sentence, stores
// nothing, and goes through when there is room.

import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { appendTo, claimOf, recordsIn, refuses, texts } from '../../contracts/broker-kit.ts'
import { NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

const LOGIN = { user: 'u', password: 'p' }

const account = (limits: string): string =>
  `accounts { A: { jetstream: { ${limits} }, users: [ { user: u, password: p } ] } }`

await natsSuite(
  'jetstream limits',
  { config: account('max_file: 1GB, max_streams: 2') },
  (test, server) => {
    const again = async (config: string): Promise<void> => {
      server.configure(config)
      // Killed, it finds a message again that it had refused for the bytes of the account.
      await server.stop('SIGTERM')
      await server.start()
    }

    test('an account that may have no more streams refuses topics and tasks, and what is there is listed and dropped', async () => {
      const broker = await jetBroker(server, { namespace: freshNamespace(), ...LOGIN })
      await broker.topics.ensure({ name: 'one', partitions: 1 })
      const ensure = () => broker.topics.ensure({ name: 'two', partitions: 1 })
      assert.match((await refuses('LOG_FULL', ensure)).message, /limits of the NATS account/)
      await refuses('LOG_FULL', () => broker.claim(claimOf('h')))
      const listed = (await broker.topics.list()).map(({ name }) => name)
      assert.ok(
        ['one', 'two'].every((name) => listed.includes(name)),
        listed.join(),
      )
      for (const name of listed.filter((it) => it !== 'two')) await broker.topics.drop(name)
      await ensure()
      await broker.producer().append([appendTo('two', 0, ['a=1'])])
      assert.equal(texts(await recordsIn(broker, 'two')), ['a=1'])
      await broker.topics.drop('two')
      await broker.close()
    })

    test('an account that may keep no more bytes refuses appends, until it may', async () => {
      const more = account('max_file: 1GB, max_streams: 90')
      await again(more)
      const broker = await jetBroker(server, { namespace: freshNamespace(), ...LOGIN })
      await broker.topics.ensure({ name: 'lines', partitions: 1 })
      const producer = broker.producer()
      await again(account('max_file: 64KB, max_streams: 90'))
      const append = () => producer.append([appendTo('lines', 0, [`k=${'x'.repeat(9_000)}`])])
      let stored = 0
      const refused = await (async () => {
        for (;;) {
          try {
            await append()
            stored++
          } catch (error) {
            return error
          }
        }
      })()
      assert.ok(isMillraceError(refused, 'LOG_FULL'), String(refused))
      await again(more)
      await append()
      assert.is((await recordsIn(broker, 'lines')).length, stored + 1)
      await broker.close()
    })

    test('a server that takes less in a message than before refuses what is larger, by name', async () => {
      await again(`${account('max_file: 1GB')}\nmax_payload: 65536`)
      const broker = await jetBroker(server, { namespace: freshNamespace(), ...LOGIN })
      await broker.topics.ensure({ name: 'lines', partitions: 1 })
      const producer = broker.producer()
      const append = () => producer.append([appendTo('lines', 0, [`k=${'x'.repeat(30_000)}`])])
      await append()
      await again(`${account('max_file: 1GB')}\nmax_payload: 8192`)
      // At once, while the client knows of the old limit, and when it knows better.
      for (let n = 0; n < 2; n++) {
        assert.match((await refuses('RECORD_TOO_LARGE', append)).message, /max_payload/)
        await producer.append([appendTo('lines', 0, ['a=1'])])
      }
      assert.is((await recordsIn(broker, 'lines')).length, 3)
      await broker.close()
    })

    test('a server that has as many connections as it may is told from one that is not there', async () => {
      const few = await NatsServer.start({ config: 'max_connections: 2' })
      const broker = await jetBroker(few)
      const refused = await refuses('BROKER_AWAY', () => jetBroker(few, { waitMs: 0 }))
      assert.match(refused.message, /max_connections/)
      await broker.close()
      await few.stop()
    })
  },
)
