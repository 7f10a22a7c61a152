// The connection: who waits how long for whom, and what is said when it cannot be.

import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import { refuses } from '../../contracts/broker-kit.ts'
import { HOW_TO_GET, natsProgram } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

const test = suite('link')
if (natsProgram() === null) test.skip(HOW_TO_GET)
else {
  accessLaws(test)
  waitLaws(test)
}
test.run()

function accessLaws(law: Test): void {
  law('a server without JetStream is refused with what to do', async () => {
    const server = await NatsServer.start({ hasJetStream: false })
    const error = await refuses('JETSTREAM_OFF', () => jetBroker(server))
    assert.match(error.message, 'nats-server -js')
    await server.stop()
  })
}

function waitLaws(law: Test): void {
  law('a server that is not there is waited for, told of, and given up on', async () => {
    const server = await NatsServer.start()
    await server.stop()
    const told: string[] = []
    const log = { log: (_level: string, code: string) => void told.push(code) }
    const error = await refuses('BROKER_AWAY', () => jetBroker(server, { waitMs: 300, log }))
    assert.match(error.message, server.address)
    assert.is(told[0], 'BROKER_AWAY')
    const opening = jetBroker(server, { log, namespace: freshNamespace() })
    await server.start()
    await (await opening).close()
    await server.stop()
  })
}
