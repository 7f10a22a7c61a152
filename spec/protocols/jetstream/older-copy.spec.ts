// A store of NATS that came back as an older copy, or with one stream of it put back: what is gone is said to
// be gone, and what came back is read on.

import * as assert from 'uvu/assert'
import type { Reader } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { isMillraceError, type MillraceError } from '#protocols/core/errors'
import { wordOf } from '#protocols/jetstream/names'
import { commitLog } from '#protocols/messages/commit-header'
import {
  appendTo,
  changesOf,
  claimOf,
  endOf,
  eventually,
  gather,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker, withStreams } from './jet-world.ts'

const LINES = { topic: 'lines', partition: 0 }

/** What a reader fails with in the end; that it gives a record fails the law. */
const failureOf = (reader: Reader): Promise<MillraceError> =>
  eventually('a failure', () => {
    try {
      assert.equal(reader.take(1), [])
      return null
    } catch (error) {
      if (isMillraceError(error)) return error
      throw error
    }
  })

await natsSuite('jetstream, an older copy', {}, (test, server) => {
  test('who read more than an older copy has is refused, and passes over nothing', () =>
    endsBefore(server, 1))

  test('a position between two messages is not one that was lost: what comes next is read', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    for (const record of ['a=1', 'b=2']) {
      await broker.producer().append([appendTo('lines', 0, [record])])
    }
    const reader = broker.reader(LINES, offset(3), () => {})
    assert.equal(texts(await gather(reader, await endOf(broker, 'lines'))), ['b=2'])
    await broker.close()
  })

  test('streams that were deleted and put back from a copy are read, written and claimed as before', () =>
    goesOn(server))
})

async function goesOn(server: NatsServer): Promise<void> {
  const namespace = freshNamespace()
  const broker = await jetBroker(server, { namespace })
  await broker.topics.ensure({ name: 'lines', partitions: 1 })
  const producer = broker.producer()
  const claim = claimOf('one')
  const outputs = [appendTo('lines', 0, ['a=1'])]
  const session = await broker.claim(claim)
  await session.commit(transactionOf({ outputs, changes: changesOf(['k=1']) }))
  const end = await endOf(broker, 'lines')
  const reader = broker.reader(LINES, end, () => {})
  const putBack = await server.copied()
  const topics = ['lines', commitLog(claim).topic].map((name) => `${namespace}_${wordOf(name)}_`)
  const streams: string[] = []
  await withStreams(server, async (known) => {
    for await (const { config } of known.list()) {
      if (topics.some((name) => config.name.startsWith(name))) streams.push(config.name)
    }
    for (const stream of streams) await known.delete(stream)
  })
  assert.is(streams.length, 2)
  await refuses('TOPIC_LOST', () => producer.append([appendTo('lines', 0, ['b=2'])]))
  await refuses('TOPIC_LOST', () => session.commit(transactionOf()))
  await refuses('TOPIC_LOST', () => broker.claim(claim))
  assert.is((await failureOf(reader)).code, 'TOPIC_LOST')
  for (const stream of streams) await putBack(stream)
  await producer.append([appendTo('lines', 0, ['b=2'])])
  reader.seek(end)
  assert.equal(texts(await gather(reader, await endOf(broker, 'lines'))), ['b=2'])
  const again = await broker.claim(claim)
  assert.is(again.head.number, 1)
  await again.commit(transactionOf({ outputs: [appendTo('lines', 0, ['c=3'])] }))
  assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1', 'b=2', 'c=3'])
  await broker.close()
}

async function endsBefore(server: NatsServer, kept: number): Promise<void> {
  const namespace = freshNamespace()
  const broker = await jetBroker(server, { namespace })
  await broker.topics.ensure({ name: 'lines', partitions: 1 })
  const producer = broker.producer()
  const append = (record: string) => producer.append([appendTo('lines', 0, [record])])
  for (let n = 0; n < kept; n++) await append(`old=${n}`)
  const putBack = await server.copied()
  for (let n = 0; n < 3; n++) await append(`gone=${n}`)
  const reader = broker.reader(LINES, 'earliest', () => {})
  const end = await endOf(broker, 'lines')
  await gather(reader, end)
  await putBack()
  // One that was there all the time, and one that begins where another stood.
  const later = await jetBroker(server, { namespace })
  for (const one of [reader, later.reader(LINES, end, () => {})]) {
    const error = await failureOf(one)
    assert.is(error.code, 'OFFSET_OUT_OF_RANGE')
    assert.match(
      error.message,
      new RegExp(`stream ${namespace}_lines_\\w+ .* ends at message ${kept}, and ${kept + 3} `),
    )
    assert.match(error.message, /millrace reset APPLICATION/)
  }
  await append('new=1')
  assert.equal(texts(await recordsIn(later, 'lines')), ['old=0', 'new=1'])
  await Promise.all([broker.close(), later.close()])
}
