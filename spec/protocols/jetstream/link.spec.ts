// The connection: who may, who waits how long for whom, and what is said when it cannot be.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import { refuses } from '../../contracts/broker-kit.ts'
import { HOW_TO_GET, natsProgram } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

const test = suite('link')
if (natsProgram() === null) test.skip(HOW_TO_GET)
else {
  accessLaws(test)
  waitLaws(test)
  tlsLaws(test)
}
test.run()

function accessLaws(law: Test): void {
  law('user and password, or a token, open the door; others are refused by name', async () => {
    const named = await NatsServer.start({ config: 'authorization { user: u, password: p }' })
    await (await jetBroker(named, { user: 'u', password: 'p' })).close()
    await refuses('BROKER_REFUSED', () => jetBroker(named, { user: 'u', password: 'wrong' }))
    await refuses('BROKER_REFUSED', () => jetBroker(named))
    await named.stop()
    const secret = await NatsServer.start({ config: 'authorization { token: t }' })
    await (await jetBroker(secret, { token: 't' })).close()
    await refuses('BROKER_REFUSED', () => jetBroker(secret, { token: 'x' }))
    await secret.stop()
  })

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

function tlsLaws(law: Test): void {
  const directory = tempDir()
  const file = (name: string): string => join(directory, name)
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const keys = ['-keyout', file('key.pem'), '-out', file('cert.pem')]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject, ...keys],
      { stdio: 'ignore' },
    )
  } catch {
    law.skip('TLS: openssl is not on this machine (Debian: apt-get install openssl)')
    return
  }
  law('TLS works with the authority that signed, and not without', async () => {
    const quoted = (name: string): string => JSON.stringify(file(name))
    const config = `tls { cert_file: ${quoted('cert.pem')}, key_file: ${quoted('key.pem')} }`
    const server = await NatsServer.start({ config })
    const ca = readFileSync(file('cert.pem'), 'utf8')
    await (await jetBroker(server, { tls: { ca } })).close()
    await refuses('BROKER_REFUSED', () => jetBroker(server, { tls: {} }))
    await server.stop()
  })
}
