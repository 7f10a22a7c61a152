// The catalog over NATS: what a drop that was cut off left behind is no part of the topic made anew, and what
// was made is neither made again nor deleted for another.

import * as assert from 'uvu/assert'
import type { Broker, StoredBatch } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import { namesOf } from '#protocols/jetstream/names'
import type { Point } from '#protocols/jetstream/points'
import { commitLog } from '#protocols/messages/commit-header'
import type { TopicPartition } from '#protocols/records/record'
import {
  appendTo,
  claimOf,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker, withStreams } from './jet-world.ts'

const diesAt = (server: NatsServer, namespace: string, place: Point): Promise<JetBroker> =>
  jetBroker(server, {
    namespace,
    onPoint: (point) => {
      if (point === place) throw new Error('died')
    },
  })

const codeOf = (use: () => Promise<unknown>): Promise<string> =>
  use().then(
    () => 'done',
    (error: unknown) => (isMillraceError(error) ? error.code : String(error)),
  )

/** What is taken first of a partition. */
async function firstTaken(broker: Broker, at: TopicPartition): Promise<readonly StoredBatch[]> {
  let ring: () => void = () => {}
  const reader = broker.reader(at, 'earliest', () => ring())
  try {
    for (;;) {
      const arrived = new Promise<void>((resolve) => {
        ring = resolve
      })
      const taken = reader.take(1)
      if (taken.length > 0) return taken
      await arrived
    }
  } finally {
    reader.close()
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
    const dying = await diesAt(server, namespace, 'topic-forgotten')
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

  test('a stream of somebody else over all of a namespace is named when a broker is opened', async () => {
    const namespace = freshNamespace()
    const name = `all-${namespace}`
    await withStreams(server, async (streams) => {
      await streams.add({ name, subjects: [`${namespace}.>`] })
      const refused = await refuses('STREAM_UNKNOWN', () => jetBroker(server, { namespace }))
      assert.match(refused.message, new RegExp(`stream ${name} .* nats stream rm ${name}`))
      await streams.info(name)
    })
  })

  test('a topic whose streams were not made yet is made whole by who finds it', async () => {
    const namespace = freshNamespace()
    const dying = await diesAt(server, namespace, 'topic-named')
    await dying.topics.ensure({ name: 'lines', partitions: 1 }).then(
      () => assert.unreachable(),
      () => {},
    )
    await dying.close()
    const broker = await jetBroker(server, { namespace })
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1'])
    await broker.close()
  })
})

await natsSuite('jetstream catalog, lost streams', {}, (test, server) => {
  test('a topic that lost a stream is not made again: who uses it is told, until it is dropped', async () => {
    const namespace = freshNamespace()
    const [broker, later] = [
      await jetBroker(server, { namespace }),
      await jetBroker(server, { namespace }),
    ]
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const producer = broker.producer()
    await producer.append([appendTo('lines', 0, ['a=1'])])
    await withStreams(server, async (streams) => {
      for (const name of await streams.names(`${namespace}.t.lines.>`).next()) {
        await streams.delete(name)
      }
    })
    const uses = [
      () => producer.append([appendTo('lines', 0, ['b=2'])]),
      () => later.producer().append([appendTo('lines', 0, ['b=2'])]),
      () => later.topics.ensure({ name: 'lines', partitions: 1 }),
      () => later.topics.describe('lines'),
      () => firstTaken(broker, { topic: 'lines', partition: 0 }),
      () => firstTaken(later, { topic: 'lines', partition: 0 }),
    ]
    for (const use of uses) assert.is(await codeOf(use), 'TOPIC_LOST')
    const [listed] = await later.topics.list()
    assert.equal([listed?.name, listed?.bounds[0]?.records], ['lines', 0])
    await later.topics.drop('lines')
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await producer.append([appendTo('lines', 0, ['c=3'])])
    assert.equal(texts(await recordsIn(later, 'lines')), ['c=3'])
    await Promise.all([broker.close(), later.close()])
  })

  test('a task whose commit log is lost commits nothing and is not begun anew', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const claim = claimOf('one')
    const session = await broker.claim(claim)
    await session.commit(transactionOf({ outputs: [appendTo('out', 0, ['a=1'])] }))
    const log = namesOf(namespace).topic(commitLog(claim).topic)
    await withStreams(server, async (streams) => {
      for (const name of await streams.names(log).next()) await streams.delete(name)
    })
    assert.is(await codeOf(() => session.commit(transactionOf())), 'TOPIC_LOST')
    assert.is(await codeOf(() => broker.claim(claim)), 'TOPIC_LOST')
    await broker.close()
  })

  test('outputs to a topic that is lost fail the commit, and are there once when it is not', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const claim = claimOf('one')
    const session = await broker.claim(claim)
    const outputs = [appendTo('out', 0, ['a=1'])]
    await withStreams(server, async (streams) => {
      const [name = ''] = await streams.names(`${namespace}.t.out.>`).next()
      const { config } = await streams.info(name)
      await streams.delete(name)
      assert.is(await codeOf(() => session.commit(transactionOf({ outputs }))), 'TOPIC_LOST')
      assert.is(await codeOf(() => broker.claim(claim)), 'TOPIC_LOST')
      await streams.add(config)
    })
    await broker.claim(claim)
    assert.equal(texts(await recordsIn(broker, 'out')), ['a=1'])
    await broker.close()
  })
})
