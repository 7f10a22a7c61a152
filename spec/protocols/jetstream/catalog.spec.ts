// The catalog over NATS: what a drop that was cut off left behind is no part of the topic made anew.

import { connect, type StreamAPI } from 'nats'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { appendTo, recordsIn, texts } from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

/** As one who knows NATS alone. */
async function withStreams(
  { address }: NatsServer,
  use: (streams: StreamAPI) => Promise<void>,
): Promise<void> {
  const connection = await connect({ servers: address })
  try {
    await use((await connection.jetstreamManager()).streams)
  } finally {
    await connection.close()
  }
}

async function refusedAsUnknown(broker: Broker, says: RegExp, partitions = 1): Promise<void> {
  await broker.topics.ensure({ name: 'lines', partitions }).then(
    () => assert.unreachable(),
    (error) => {
      assert.ok(isMillraceError(error, 'STREAM_UNKNOWN'), String(error))
      assert.match(error.message, says)
    },
  )
}

await natsSuite('jetstream catalog', {}, (test, server) => {
  test('streams of a topic that was half dropped make room for those of the new one', async () => {
    const namespace = freshNamespace()
    const dying = await jetBroker(server, {
      namespace,
      onPoint: (point) => {
        if (point === 'topic-forgotten') throw new Error('died')
      },
    })
    await dying.topics.ensure({ name: 'lines', partitions: 1 })
    await dying.producer().append([appendTo('lines', 0, ['old=1'])])
    await dying.topics.drop('lines').then(
      () => assert.unreachable(),
      () => {},
    )
    await dying.close()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    assert.equal(await recordsIn(broker, 'lines'), [])
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1'])
    await withStreams(server, async (streams) => {
      const names = await streams.names(`${namespace}.t.lines.>`).next()
      assert.is(names.length, 1)
    })
    await broker.close()
  })

  test('a topic that the map lost keeps its records: none of its name is made beside or instead of it', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    await broker.close()
    await withStreams(server, async (streams) => {
      await streams.delete(`${namespace}_keys`)
      const later = await jetBroker(server, { namespace })
      await refusedAsUnknown(
        later,
        new RegExp(`${namespace}_lines_.*${namespace}_keys was deleted`),
      )
      assert.equal(await later.topics.list(), [])
      const [stream = ''] = await streams.names(`${namespace}.t.lines.>`).next()
      assert.is((await streams.info(stream)).state.messages, 1)
      await later.close()
    })
  })

  test('a stream of somebody else that takes the subjects of a topic is named, and left alone', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    const name = `audit-${namespace}`
    await withStreams(server, async (streams) => {
      await streams.add({ name, subjects: [`${namespace}.t.>`] })
      await refusedAsUnknown(broker, new RegExp(`stream ${name} .* nats stream rm ${name}`))
      await streams.delete(name)
      await broker.topics.ensure({ name: 'lines', partitions: 1 })
      await broker.topics.drop('lines')
      await streams.add({ name, subjects: [`${namespace}.t.lines.3.*`] })
      await refusedAsUnknown(broker, new RegExp(`stream ${name} `), 4)
      await streams.info(name)
    })
    await broker.close()
  })

  test('a topic whose streams were not made yet is made whole by who finds it', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    await a.topics.ensure({ name: 'lines', partitions: 1 })
    await withStreams(server, async (streams) => {
      for (const name of await streams.names(`${namespace}.t.lines.>`).next()) {
        await streams.delete(name)
      }
    })
    await b.producer().append([appendTo('lines', 0, ['a=1'])])
    assert.equal(texts(await recordsIn(a, 'lines')), ['a=1'])
    await Promise.all([a.close(), b.close()])
  })
})
