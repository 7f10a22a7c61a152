// Readers over NATS: messages of others, many partitions, and servers that come and go.

import { connect, headers } from 'nats'
import * as assert from 'uvu/assert'
import type { StoredBatch } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import {
  appendTo,
  batchOf,
  endOf,
  eventually,
  gather,
  recordsIn,
  texts,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream reader', {}, (test, server) => {
  test('what others publish is read, one record a message, among batches of ours', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    await broker.topics.ensure({ name: 'orders.eu', partitions: 3 })
    const other = await connect({ servers: server.address })
    const lines = headers()
    lines.set('Millrace-Key', 'k')
    lines.set('color', 'red')
    const subject = `${namespace}.t.orders=eu.2.shop`
    await other.jetstream().publish(subject, utf8('{"n":1}'))
    await broker.producer().append([appendTo('orders.eu', 2, ['a=1', 'b=2'])])
    await other.jetstream().publish(subject, utf8('{"n":2}'), { headers: lines })
    await other.close()
    const all = await recordsIn(broker, 'orders.eu', 2)
    assert.equal(texts(all), ['={"n":1}', 'a=1', 'b=2', 'k={"n":2}'])
    const at = { topic: 'orders.eu', partition: 2 }
    const reader = broker.reader(at, offset(Number.parseInt(all[3] ?? '', 10)), () => {})
    const found = await eventually('the last', () => reader.take(1)[0] ?? null)
    const cursor = new BatchCursor(found.batch, found.base)
    assert.ok(cursor.next())
    assert.ok(Math.abs(cursor.time - Date.now()) < 3_600_000)
    assert.equal(
      cursor.headers().map(([name]) => name),
      ['color'],
    )
    await broker.close()
  })

  test('a message that is marked as ours and is not ends no partition, and is refused by whoever comes to it', () =>
    isForged(server))

  test('each of forty partitions has its own records, in three streams', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'wide', partitions: 40 })
    const partitions = Array.from({ length: 40 }, (_, at) => at)
    const producer = broker.producer()
    for (const n of [1, 2]) {
      await producer.append(partitions.map((at) => appendTo('wide', at, [`k=${at}-${n}`])))
    }
    await Promise.all(
      partitions.map(async (at) => {
        assert.equal(texts(await recordsIn(broker, 'wide', at)), [`k=${at}-1`, `k=${at}-2`])
      }),
    )
    await broker.close()
  })

  test('a reader goes on over a server that was killed, and misses nothing', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    const producer = broker.producer()
    const seen: string[] = []
    const sent: string[] = []
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 30; i++) {
        const record = `k=${round}-${i}`
        const appending = producer.append([appendTo('lines', 0, [record])])
        if (i === 15 && round < 3) await server.stop().then(() => server.start())
        await appending
        sent.push(record)
      }
      seen.push(...(await gather(reader, await endOf(broker, 'lines'))))
    }
    assert.equal(texts(seen), sent)
    assert.equal(texts(await recordsIn(broker, 'lines')), sent)
    await broker.close()
  })

  test('what is behind a reader is unknown until the server said it, then counted in records, not messages', () =>
    knowsWhatIsBehind(server))

  test('what is behind a reader is counted in records', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await broker.producer().append([appendTo('lines', 0, ['a=1', 'b=2', 'c=3'])])
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    await eventually('all at hand', () => (reader.behind(reader.position) === 3 ? true : null))
    const [batch] = reader.take(1)
    assert.is(reader.behind(offset((batch?.base ?? 0) + 1)), 2)
    assert.is(reader.behind(reader.position), 0)
    await broker.close()
  })
})

async function isForged(server: NatsServer): Promise<void> {
  const namespace = freshNamespace()
  const broker = await jetBroker(server, { namespace })
  const three = batchOf(['a=1', 'b=2', 'c=3'])
  const forged: readonly (readonly [string, Uint8Array, string?])[] = [
    ['b', utf8('no batch')],
    ['b x y', three],
    ['b 2 1000', three],
    ['b 0 0', three],
    ['c 3 1000', three],
    ['p 0 0', utf8('no batch')],
    ['c 1 0', utf8(''), 'x,-1,7'],
  ]
  const other = await connect({ servers: server.address })
  for (const [n, [mark, bytes, parts]] of forged.entries()) {
    const topic = `lines${n}`
    const at = { topic, partition: 0 }
    await broker.topics.ensure({ name: topic, partitions: 1 })
    const lines = headers()
    lines.set('Millrace', mark)
    if (parts !== undefined) lines.set('Millrace-Parts', parts)
    await other.jetstream().publish(`${namespace}.t.${topic}.0.x`, bytes, { headers: lines })
    const reader = broker.reader(at, 'earliest', () => {})
    const refused = await eventually(mark, () => refusalIn(() => reader.take(1)))
    assert.ok(['BATCH_CORRUPT', 'COMMIT_UNREADABLE'].includes(refused), `${mark}: ${refused}`)
    assert.ok(Number.isSafeInteger(reader.end()), mark)
    assert.ok(Number.isSafeInteger(await endOf(broker, topic)), mark)
    await broker.producer().append([appendTo(topic, 0, ['d=4'])])
    const after = broker.reader(at, offset(65_536), () => {})
    assert.equal(texts(await gather(after, await endOf(broker, topic))), ['d=4'])
  }
  await other.close()
  await broker.close()
}

function refusalIn(take: () => readonly StoredBatch[]): string | null {
  try {
    assert.equal(take(), [])
    return null
  } catch (error) {
    if (isMillraceError(error)) return error.code
    throw error
  }
}

async function knowsWhatIsBehind(server: NatsServer): Promise<void> {
  const broker = await jetBroker(server, { namespace: freshNamespace() })
  await broker.topics.ensure({ name: 'lines', partitions: 1 })
  const producer = broker.producer()
  const messages = 2000
  const records = ['a=1', 'b=2', 'c=3', 'd=4']
  const appends = Array.from({ length: messages }, () => appendTo('lines', 0, records))
  for (let n = 0; n < messages; n += 100) await producer.append(appends.slice(n, n + 100))
  const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
  assert.is(reader.behind(reader.position), null)
  // Whatever of it is at hand by then, and whatever still with the server.
  const known = await eventually('known', () => reader.behind(reader.position))
  assert.is(known, messages * records.length)
  // A log that nobody will write to any more: who follows it hears that it has everything.
  const task = { application: 'a', topology: 't', subtopology: 's', partition: 0 }
  const session = await broker.claim({ ...task, partitions: 1, host: 'h' })
  let rings = 0
  const idle = broker.commits(task, session.head.next, () => rings++)
  assert.equal(idle.take(1), [])
  assert.is(idle.behind(idle.position), null)
  // By the message that it stands behind, which is not given again.
  await eventually('it rings', () => (rings > 0 ? true : null))
  assert.equal(idle.take(1), [])
  assert.is(idle.behind(idle.position), 0)
  await broker.close()
}
