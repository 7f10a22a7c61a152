// Keys over NATS may be any text, and what this folder keeps for itself is not among them.

import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream keys of the port', {}, (test, server) => {
  test('any text is a key', async () => {
    const { keys, close, topics } = await open()
    await topics.ensure({ name: 'lines', partitions: 1 })
    const all = ['a.b', 'a/*', 'ä b', '>', 't:lines', 'x'.repeat(500)].sort()
    for (const key of all) await keys.put(key, utf8(key))
    const found = await keys.list('')
    assert.equal([...found.keys()], all)
    for (const [key, { value }] of found) assert.is(fromUtf8(value), key)
    await keys.remove('>')
    assert.is(await keys.get('>'), null)
    await close()
  })

  async function open() {
    const broker = await jetBroker(server, { namespace: freshNamespace() })
    return { keys: broker.keys, topics: broker.topics, close: () => broker.close() }
  }
})
