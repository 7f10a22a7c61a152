// Who may use a server, and what is said to those who may not: by password, token, NKey, credentials
// and TLS, as servers check them, and by what a login is allowed to do.

import { suite, type Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import {
  appendTo,
  changesOf,
  claimOf,
  eventually,
  inputAt,
  recordsIn,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { type Certificate, certificateFor, HOW_TO_GET_OPENSSL } from '../../kit/certificates.ts'
import { Operator, userKey } from '../../kit/nats-identities.ts'
import { onEveryNats } from '../../kit/nats-programs.ts'
import { NatsServer } from '../../kit/nats-server.ts'
import { freshNamespace, type JetOptions, jetBroker } from './jet-world.ts'

await onEveryNats('connect', async ({ program }, ending) => {
  const test = suite(`connect${ending}`)
  const start = (config: string): Promise<NatsServer> => NatsServer.start({ program, config })
  loginLaws(test, start)
  textLaws(test, start)
  permissionLaws(test, start)
  changeLaws(test, start)
  tlsLaws(test, start)
  test.run()
})

type Start = (config: string) => Promise<NatsServer>

/** What is said to a login that is refused. */
async function refused(server: NatsServer, login: JetOptions, says: RegExp): Promise<void> {
  assert.match((await refuses('BROKER_REFUSED', () => jetBroker(server, login))).message, says)
}

async function opens(server: NatsServer, login: JetOptions): Promise<void> {
  await (await jetBroker(server, login)).close()
}

function loginLaws(law: Test, start: Start): void {
  law('user and password open the door; a wrong one, and nobody, are refused by name', async () => {
    const server = await start('authorization { user: u, password: p }')
    await opens(server, { user: 'u', password: 'p' })
    await refused(server, { user: 'u', password: 'wrong' }, /refused user 'u' with this password/)
    await refused(server, {}, /refused a connection without a login/)
    await server.stop()
  })

  law('a token opens the door, another one does not', async () => {
    const server = await start('authorization { token: t }')
    await opens(server, { token: 't' })
    await refused(server, { token: 'x' }, /refused this token/)
    await server.stop()
  })

  law('an NKey opens the door, another one does not', async () => {
    const { publicKey, seed } = userKey()
    const server = await start(`authorization { users: [ { nkey: ${publicKey} } ] }`)
    await opens(server, { nkeySeed: `${seed}\n` })
    await refused(server, { nkeySeed: userKey().seed }, /refused this NKey/)
    await server.stop()
  })

  law(
    'credentials open the door; a stranger’s are refused, old ones with when they expired',
    async () => {
      const operator = new Operator()
      const server = await start(operator.config)
      await opens(server, { credentials: operator.credentials() })
      await refused(server, { credentials: new Operator().credentials() }, /these credentials\. /)
      const expires = 1_700_000_000
      const expired = /these credentials: they expired at 2023-11-14T22:13:20/
      await refused(server, { credentials: operator.credentials({ expires }) }, expired)
      await server.stop()
    },
  )
}

function textLaws(law: Test, start: Start): void {
  law('what is no seed and no credentials is refused before a server is asked', async () => {
    const server = await start('')
    await server.stop()
    const invalid = async (login: JetOptions, says: RegExp): Promise<void> => {
      const error = await refuses('CREDENTIALS_INVALID', () => jetBroker(server, login))
      assert.match(error.message, says)
    }
    await invalid({ nkeySeed: 'SUnothing' }, /not the seed/)
    await invalid({ credentials: 'hello' }, /not a JWT and its seed/)
    const broken = new Operator().credentials().replace('\nSU', '\nSX')
    await invalid({ credentials: broken }, /not a JWT and its seed/)
  })

  law('credentials are read whatever their lines end with', async () => {
    const operator = new Operator()
    const server = await start(operator.config)
    const text = operator.credentials().trim()
    await opens(server, { credentials: text })
    await opens(server, { credentials: text.replaceAll('\n', '\r\n') })
    await server.stop()
  })
}

/** What the guide says a login must be allowed (14-nats.md). */
const allowed = (namespace: string) => ({
  publish: ['$JS.API.>', '_INBOX.>', `${namespace}.>`],
  subscribe: ['_INBOX.>', `${namespace}.b.>`],
})

function permissionLaws(law: Test, start: Start): void {
  law('a login that is allowed what the guide says can do everything', async () => {
    const operator = new Operator()
    const server = await start(operator.config)
    const namespace = freshNamespace()
    const credentials = operator.credentials(allowed(namespace))
    const broker = await jetBroker(server, { namespace, credentials })
    await useAll(broker)
    await broker.close()
    await server.stop()
  })

  law(
    'what a login may not do is refused at once, with the subject and what to allow',
    async () => {
      const operator = new Operator()
      const server = await start(operator.config)
      const namespace = freshNamespace()
      const { publish, subscribe } = allowed(namespace)
      const forbidden = async (limits: object, says: string): Promise<void> => {
        const credentials = operator.credentials({ publish, subscribe, ...limits })
        const open = () => jetBroker(server, { namespace, credentials })
        const error = await refuses('BROKER_FORBIDDEN', open)
        assert.match(error.message, says)
        assert.match(error.message, 'Allow it')
      }
      await forbidden({ publish: [`${namespace}.>`] }, "publish to '$JS.API.INFO'")
      await forbidden({ publish: ['$JS.API.INFO'] }, "publish to '$JS.API.STREAM.CREATE")
      await forbidden({ publish: ['$JS.API.>'] }, `publish to '${namespace}.k.`)
      await forbidden({ subscribe: [`${namespace}.>`] }, "subscribe to '_INBOX.")
      await server.stop()
    },
  )

  law('an append that is forbidden later on is refused and stores nothing', async () => {
    const operator = new Operator()
    const server = await start(operator.config)
    const namespace = freshNamespace()
    const publish = ['$JS.API.>', `${namespace}.k.>`, `${namespace}.t.mine.>`]
    const open = (credentials: string) => jetBroker(server, { namespace, credentials })
    const broker = await open(operator.credentials({ publish }))
    for (const name of ['mine', 'theirs']) await broker.topics.ensure({ name, partitions: 1 })
    await broker.producer().append([appendTo('mine', 0, ['a=1'])])
    const append = () => broker.producer().append([appendTo('theirs', 0, ['a=1'])])
    const error = await refuses('BROKER_FORBIDDEN', append)
    assert.match(error.message, `${namespace}.t.theirs.0._`)
    const all = await open(operator.credentials())
    assert.equal(texts(await recordsIn(all, 'mine')), ['a=1'])
    assert.equal(await recordsIn(all, 'theirs'), [])
    await Promise.all([broker.close(), all.close()])
    await server.stop()
  })
}

/** A little of all that hosts do. */
async function useAll(broker: JetBroker): Promise<void> {
  await broker.topics.ensure({ name: 'out', partitions: 1, retentionBytes: 10 })
  const session = await broker.claim(claimOf('h1'))
  const outputs = [appendTo('out', 0, ['a=1'])]
  const positions = [inputAt(1)]
  await session.commit(transactionOf({ outputs, positions, changes: changesOf(['a=1']) }))
  await broker.producer().append([appendTo('out', 0, ['b=1'])])
  assert.equal(texts(await recordsIn(broker, 'out')), ['a=1', 'b=1'])
  await broker.keys.put('key', new Uint8Array(1), { expect: 'absent' })
  await broker.maintain()
  await broker.topics.drop('out')
  assert.is(await broker.topics.describe('out'), null)
}

function changeLaws(law: Test, start: Start): void {
  law(
    'a login that is changed on the server is told, and taken again when it is back',
    async () => {
      const login = 'authorization { user: u, password: p }'
      const server = await start(login)
      const told: string[] = []
      const log = { log: (_level: string, code: string) => void told.push(code) }
      const broker = await jetBroker(server, { user: 'u', password: 'p', log })
      await broker.topics.ensure({ name: 'lines', partitions: 1 })
      const restart = async (config: string): Promise<void> => {
        await server.stop()
        server.configure(config)
        await server.start()
      }
      await restart('authorization { user: u, password: other }')
      const appending = broker.producer().append([appendTo('lines', 0, ['a=1'])])
      await eventually('a refusal', () => told.find((code) => code === 'BROKER_REFUSED') ?? null)
      await restart(login)
      await appending
      assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1'])
      assert.is(told.filter((code) => code === 'BROKER_REFUSED').length, 1)
      await broker.close()
      await server.stop()
    },
  )

  law(
    'a secret that was renewed is taken at the next connection, a half-written one is not',
    async () => {
      const [old, next] = [userKey(), userKey()]
      const only = ({ publicKey }: { publicKey: string }): string =>
        `authorization { users: [ { nkey: ${publicKey} } ] }`
      const server = await start(only(old))
      const secret = { text: old.seed, reads: 0 }
      const nkeySeed = (): string => {
        secret.reads++
        return secret.text
      }
      const broker = await jetBroker(server, { nkeySeed })
      secret.text = 'half written'
      const readsBefore = secret.reads
      await server.stop()
      await server.start()
      await broker.topics.ensure({ name: 'lines', partitions: 1 })
      assert.ok(secret.reads > readsBefore)
      await server.stop()
      server.configure(only(next))
      await server.start()
      secret.text = next.seed
      await broker.topics.ensure({ name: 'words', partitions: 1 })
      await broker.close()
      await server.stop()
    },
  )
}

function tlsLaws(law: Test, start: Start): void {
  const own = certificateFor('IP:127.0.0.1')
  const other = certificateFor('DNS:elsewhere.example')
  if (own === null || other === null) {
    law.skip(HOW_TO_GET_OPENSSL)
    return
  }
  const tls = ({ certFile, keyFile }: Certificate, more = ''): string =>
    `tls {\n cert_file: ${JSON.stringify(certFile)}\n key_file: ${JSON.stringify(keyFile)}\n ${more}\n}`

  law('TLS works with the authority that signed, and not without', async () => {
    const server = await start(tls(own))
    await opens(server, { tls: { ca: own.cert } })
    await refused(server, { tls: {} }, /no secure connection.*self-signed.*ca: FILE/)
    await refused(server, {}, /no secure connection.*self-signed/)
    await refused(server, { tls: { ca: 'no PEM' } }, /no secure connection/)
    await server.stop()
  })

  law('a certificate must be for the address that was asked for', async () => {
    const server = await start(tls(other))
    await refused(server, { tls: { ca: other.cert } }, /IP: 127\.0\.0\.1 is not in/)
    await server.stop()
  })

  law('a server that asks for a certificate takes the right one; others are told so', async () => {
    const client = certificateFor('DNS:client.example')
    if (client === null) throw new Error(HOW_TO_GET_OPENSSL)
    const ask = `verify: true\n ca_file: ${JSON.stringify(client.certFile)}`
    const server = await start(tls(own, ask))
    const ca = own.cert
    await opens(server, { tls: { ca, cert: client.cert, key: client.key } })
    const foreign = { ca, cert: other.cert, key: other.key }
    for (const shown of [{ ca }, foreign]) {
      const error = await refuses('BROKER_AWAY', () => jetBroker(server, { tls: shown, waitMs: 0 }))
      assert.match(error.message, 'ask for a certificate')
    }
    const mixed = { ca, cert: client.cert, key: other.key }
    await refuses('CREDENTIALS_INVALID', () => jetBroker(server, { tls: mixed }))
    await server.stop()
  })

  law('TLS that was asked for and is not there is refused, not gone without', async () => {
    const server = await start('')
    await refused(server, { tls: { ca: own.cert } }, /no secure connection/)
    await server.stop()
  })
}
