// Streams and the copies of them: what a server cannot keep, or not safely, is refused.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { has, REPLICAS } from '#protocols/jetstream/features'
import { refuses } from '../../contracts/broker-kit.ts'
import { onEveryNats } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { jetBroker } from './jet-world.ts'

await onEveryNats('streams', async ({ program, version }, ending) => {
  const test = suite(`streams${ending}`)
  const server = await NatsServer.start({ program })

  test('copies that a server cannot keep are refused with what they need', async () => {
    const isSafe = has(version, REPLICAS)
    const code = isSafe ? 'REPLICAS_IMPOSSIBLE' : 'NATS_TOO_OLD'
    const error = await refuses(code, () => jetBroker(server, { replicas: 3 }))
    assert.match(error.message, isSafe ? 'needs a cluster' : 'needs nats-server 2.10.20')
    await (await jetBroker(server)).close()
  })
  test.run()
})
