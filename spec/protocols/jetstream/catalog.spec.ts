// The catalog over NATS: what a drop that was cut off left behind is no part of the topic made anew.

import { connect } from 'nats'
import * as assert from 'uvu/assert'
import { appendTo, recordsIn, texts } from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream catalog', {}, (test, server) => {
  test('streams of a topic that was half dropped make room for those of the new one', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    const other = await connect({ servers: server.address })
    const manager = await other.jetstreamManager()
    const left = { name: `${namespace}_lines_left_0`, subjects: [`${namespace}.t.lines.0.*`] }
    await manager.streams.add(left)
    await other.jetstream().publish(`${namespace}.t.lines.0.x`, 'old')
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    assert.equal(await recordsIn(broker, 'lines'), [])
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1'])
    const names = await manager.streams.names().next()
    assert.not.ok(names.includes(left.name))
    await other.close()
    await broker.close()
  })

  test('a topic whose streams were not made yet is made whole by who finds it', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    await a.topics.ensure({ name: 'lines', partitions: 1 })
    const other = await connect({ servers: server.address })
    const manager = await other.jetstreamManager()
    for (const name of await manager.streams.names().next()) {
      if (name.startsWith(`${namespace}_lines`)) await manager.streams.delete(name)
    }
    await other.close()
    await b.producer().append([appendTo('lines', 0, ['a=1'])])
    assert.equal(texts(await recordsIn(a, 'lines')), ['a=1'])
    await Promise.all([a.close(), b.close()])
  })
})
