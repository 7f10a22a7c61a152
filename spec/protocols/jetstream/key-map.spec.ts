// The coordination map over NATS: clocks that disagree, sweeps, and a server that comes back.

import { connect } from 'nats'
import * as assert from 'uvu/assert'
import { wallTime } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { openJetStream } from '#protocols/jetstream/jet-broker'
import { refuses } from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { chance, machineClock } from '../../stores/log/brokers.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream keys', {}, (test, server) => {
  test('hosts whose clocks are a day apart agree on what has outlived its time', async () => {
    const namespace = freshNamespace()
    const open = (offMs: number) =>
      openJetStream({
        settings: { servers: [server.address], namespace },
        clock: { ...machineClock, now: () => wallTime(Date.now() + offMs) },
        random: chance,
      })
    const day = 24 * 3_600_000
    const [early, late] = [await open(-day), await open(day)]
    await early.keys.put('long', utf8('1'), { ttlMs: 3_600_000 })
    await late.keys.put('longer', utf8('1'), { ttlMs: 3_600_000 })
    for (const { keys } of [early, late]) {
      assert.equal([...(await keys.list('')).keys()], ['long', 'longer'])
    }
    await late.keys.put('short', utf8('1'), { ttlMs: 1 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    await refuses('KEY_CONFLICT', () => late.keys.put('long', utf8('2'), { expect: 'absent' }))
    await late.keys.put('short', utf8('2'), { expect: 'absent' })
    await Promise.all([early.close(), late.close()])
  })

  test('a key that was swept may be written by who has not heard of it', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    await a.keys.put('k', utf8('1'))
    await a.keys.remove('k')
    await a.keys.put('other', utf8('1'))
    assert.ok((await b.maintain()).keysSwept >= 1)
    await a.keys.put('k', utf8('2'), { expect: 'absent' })
    assert.is(fromUtf8((await b.keys.get('k'))?.value ?? utf8('')), '2')
    await Promise.all([a.close(), b.close()])
  })

  test('sweeps at once and writes meanwhile lose no write', async () => {
    const namespace = freshNamespace()
    const brokers = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        brokers.flatMap(({ keys }, i) => [
          keys.put(`k${i}`, utf8(String(round))).then(() => keys.remove(`k${i}`)),
          keys.put(`kept${i}`, utf8(String(round))),
        ]),
      )
      await Promise.all(brokers.map((broker) => broker.maintain()))
      for (const { keys } of brokers) {
        assert.equal(
          [...(await keys.list('')).values()].map(({ value }) => fromUtf8(value)),
          [String(round), String(round)],
        )
      }
    }
    await Promise.all(brokers.map((broker) => broker.close()))
  })

  test('a map whose stream was deleted is said to be lost, by every key', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.keys.put('k', utf8('1'))
    const other = await connect({ servers: server.address })
    await (await other.jetstreamManager()).streams.delete(`${namespace}_keys`)
    await other.close()
    await refuses('KEYS_LOST', () => broker.keys.get('k'))
    await refuses('KEYS_LOST', () => broker.keys.put('k', utf8('2')))
    await refuses('KEYS_LOST', () => broker.keys.put('k', utf8('2'), { expect: 'absent' }))
    await broker.close()
  })

  test('writes and watches go on over a server that was killed', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    let revision = await a.keys.put('n', utf8('0'), { expect: 'absent' })
    for (let n = 1; n <= 30; n++) {
      const putting = a.keys.put('n', utf8(String(n)), { expect: revision })
      if (n % 10 === 5) await server.stop().then(() => server.start())
      revision = await putting
    }
    assert.is(fromUtf8((await b.keys.get('n'))?.value ?? utf8('')), '30')
    await Promise.all([a.close(), b.close()])
  })
})
