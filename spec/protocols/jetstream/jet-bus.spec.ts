// The bus over NATS: after the server was away, questions are answered again.

import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { NEVER_MS } from '../../contracts/broker-kit.ts'
import { natsSuite } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream bus', {}, (test, server) => {
  test('who served before the server was killed serves after it came back', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    await a.bus.serve('app/hosts/h 1', async (body) => utf8(`${fromUtf8(body)}!`))
    const ask = async (): Promise<string> =>
      fromUtf8(await b.bus.request('app/hosts/h 1', utf8('x'), NEVER_MS))
    assert.is(await ask(), 'x!')
    await server.stop()
    await server.start()
    // Both are connected again when each has written.
    await Promise.all([a.keys.put('a', utf8('1')), b.keys.put('b', utf8('1'))])
    assert.is(await ask(), 'x!')
    assert.equal(await b.bus.subjects('app/'), ['app/hosts/h 1'])
    await Promise.all([a.close(), b.close()])
  })

  test('of two who serve a subject one answers', async () => {
    const namespace = freshNamespace()
    const [a, b] = [await jetBroker(server, { namespace }), await jetBroker(server, { namespace })]
    let asked = 0
    for (const { bus } of [a, b]) {
      await bus.serve('s', async (body) => {
        asked++
        return body
      })
    }
    for (let i = 0; i < 10; i++) await b.bus.request('s', utf8('x'), NEVER_MS)
    assert.is(asked, 10)
    await Promise.all([a.close(), b.close()])
  })
})
