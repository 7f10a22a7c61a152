// Appends over NATS: an answer that was lost, batches of any size, a stream that is full.

import { connect } from 'nats'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  appendTo,
  endOf,
  eventually,
  gather,
  recordsIn,
  refuses,
  texts,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { TcpProxy } from '../../kit/tcp-proxy.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream producer', { config: 'max_payload: 65536' }, (test, server) => {
  storingLaws(test, server)
  refusalLaws(test, server)
})

function storingLaws(test: Test, server: NatsServer): void {
  test('an append whose answer was lost is stored once', async () => {
    const namespace = freshNamespace()
    const proxy = await TcpProxy.open(server.port)
    const [far, near] = [
      await jetBroker(server, { namespace, servers: [proxy.address] }),
      await jetBroker(server, { namespace }),
    ]
    await far.topics.ensure({ name: 'lines', partitions: 1 })
    const reader = near.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    await gather(reader, 0)
    for (const guarded of [false, true]) {
      const append = appendTo('lines', 0, ['a=1'])
      const expectedNext = guarded ? await endOf(near, 'lines') : undefined
      // What a guarded append asks first is answered, and the append itself is not.
      proxy.clog(/PUB \S+\.t\.lines\./)
      const appending = far.producer().append([{ ...append, expectedNext }])
      await eventually('the batch', () => reader.take(1)[0] ?? null)
      proxy.unclog()
      await appending
    }
    assert.equal(texts(await recordsIn(near, 'lines')), ['a=1', 'a=1'])
    await Promise.all([far.close(), near.close()])
    await proxy.close()
  })

  test('a batch larger than a message is stored in several, in order', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const records = Array.from({ length: 50 }, (_, i) => `k${i}=${'x'.repeat(9_000)}`)
    const [base] = await broker.producer().append([appendTo('lines', 0, records)])
    const all = await recordsIn(broker, 'lines')
    assert.equal(texts(all), records)
    assert.is(Number.parseInt(all[0] ?? '', 10), base)
    await refuses('RECORD_TOO_LARGE', () =>
      broker.producer().append([appendTo('lines', 0, [`k=${'x'.repeat(70_000)}`])]),
    )
    await broker.close()
  })
}

function refusalLaws(test: Test, server: NatsServer): void {
  test('what was stored beside what was refused is not stored again with it', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace(), bytesMax: 10_000 })
    const make = (name: string) => broker.topics.ensure({ name, partitions: 1 })
    await Promise.all([make('roomy'), make('full')])
    const appends = [appendTo('roomy', 0, ['a=1']), appendTo('full', 0, [`a=${'x'.repeat(6_000)}`])]
    await broker.producer().append(appends.slice(1))
    const producer = broker.producer()
    await refuses('LOG_FULL', () => producer.append(appends))
    await broker.topics.drop('full')
    await make('full')
    await producer.append(appends)
    assert.equal(texts(await recordsIn(broker, 'roomy')), ['a=1'])
    assert.is((await recordsIn(broker, 'full')).length, 1)
    // Given once more, it is meant once more.
    await producer.append(appends.slice(0, 1))
    assert.equal(texts(await recordsIn(broker, 'roomy')), ['a=1', 'a=1'])
    await broker.close()
  })

  test('what is refused in the middle lies in order when it is given again', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace, bytesMax: 130_000 })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    // Messages of 50 kB, 55 kB and a few bytes: for the second there is no room.
    const records = [50_000, 55_000].map((bytes, i) => `k${i}=${'x'.repeat(bytes)}`)
    const appends = [appendTo('lines', 0, records), appendTo('lines', 0, ['z=1'])]
    const filler = appendTo('lines', 0, [`f=${'x'.repeat(40_000)}`])
    const producer = broker.producer()
    await producer.append([filler])
    await refuses('LOG_FULL', () => producer.append(appends))
    await makeRoom(server, namespace)
    await producer.append(appends)
    const [, ...after] = texts(await recordsIn(broker, 'lines'))
    assert.equal(after, [...records, 'z=1'])
    await broker.close()
  })

  test('and so it does where others write to the stream meanwhile', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    const records = Array.from({ length: 30 }, (_, i) => `k${i}=${'x'.repeat(9_000)}`)
    const others = Array.from({ length: 20 }, (_, i) => appendTo('lines', 1, [`o${i}=1`]))
    const producer = broker.producer()
    await Promise.all([
      producer.append([appendTo('lines', 0, records), ...others]),
      ...others.map((append) => broker.producer().append([append])),
    ])
    assert.equal(texts(await recordsIn(broker, 'lines')), records)
    await broker.close()
  })

  test('a stream without room refuses with what to do, and nothing is lost', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace(), bytesMax: 10_000 })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const append = appendTo('lines', 0, [`a=${'x'.repeat(4_000)}`])
    await broker.producer().append([append])
    await broker.producer().append([append])
    const error = await refuses('LOG_FULL', () => broker.producer().append([append]))
    assert.match(error.message, 'lines/0')
    assert.is((await recordsIn(broker, 'lines')).length, 2)
    await broker.close()
  })
}

async function makeRoom(server: NatsServer, namespace: string): Promise<void> {
  const other = await connect({ servers: server.address })
  const { streams } = await other.jetstreamManager()
  for (const name of await streams.names().next()) {
    if (name.startsWith(`${namespace}_lines`)) await streams.update(name, { max_bytes: -1 })
  }
  await other.close()
}
