// Topics over NATS: bounds of many partitions, and of one beside busy ones.

import * as assert from 'uvu/assert'
import { appendTo } from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream topics', {}, (test, server) => {
  test('bounds are those of a partition, whatever its neighbours in the stream do', async () => {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    await broker.topics.ensure({ name: 'wide', partitions: 18 })
    const producer = broker.producer()
    const [a = 0] = await producer.append([appendTo('wide', 3, ['a=1', 'b=2'])])
    for (let i = 0; i < 5; i++) await producer.append([appendTo('wide', 4, ['x=1'])])
    const [c = 0] = await producer.append([appendTo('wide', 3, ['c=3'])])
    const bounds = (await broker.topics.describe('wide'))?.bounds ?? []
    assert.is(bounds.length, 18)
    assert.equal([bounds[3]?.first, bounds[3]?.next], [a, c + 1])
    assert.equal([bounds[17]?.first, bounds[17]?.next, bounds[17]?.bytes], [0, 0, 0])
    assert.ok((bounds[4]?.bytes ?? 0) > (bounds[3]?.bytes ?? 0))
    await broker.topics.drop('wide')
    assert.equal(await broker.topics.list(), [])
    await broker.close()
  })
})
