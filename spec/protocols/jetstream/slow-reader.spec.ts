// Readers that do not keep up: what they do not take waits in the server, not in memory, and a server
// that breaks their connection for it makes them miss nothing.

import * as assert from 'uvu/assert'
import type { Reader } from '#protocols/broker/broker'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import {
  appendTo,
  changesOf,
  claimOf,
  endOf,
  eventually,
  gather,
  recordsIn,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { freePort, natsSuite } from '../../kit/nats-server.ts'
import { TcpProxy } from '../../kit/tcp-proxy.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

const MIB = 1024 * 1024
const COUNT = 40
const MANY = Array.from({ length: COUNT }, (_, n) => n)
const big = (n: number): string => `k${n}=${'x'.repeat(400_000)}`
/** What a reader keeps, one pull beyond it, and what else is said. */
const KEPT_MAX = 4 * MIB

/** Which record it is. */
const keysOf = (records: readonly string[]): string[] =>
  records.map((record) => record.slice(record.indexOf(' ') + 1, record.indexOf('=')))

interface Filled {
  /** Bytes of all there is, and more than a reader may keep. */
  readonly end: number
  open(broker: JetBroker): Reader
}

const kinds: Readonly<Record<string, (near: JetBroker) => Promise<Filled>>> = {
  async input(near) {
    for (const n of MANY) await near.producer().append([appendTo('big', 0, [big(n)])])
    const open = (broker: JetBroker): Reader =>
      broker.reader({ topic: 'big', partition: 0 }, 'earliest', () => {})
    return { open, end: await endOf(near, 'big') }
  },
  async copy(near) {
    const session = await near.claim(claimOf('h1'))
    for (const n of MANY) await session.commit(transactionOf({ changes: changesOf([big(n)]) }))
    const open = (broker: JetBroker): Reader => broker.commits(claimOf('h1'), 'earliest', () => {})
    return { open, end: session.head.next }
  },
}

await natsSuite('slow readers', {}, (test, server) => {
  for (const [kind, fill] of Object.entries(kinds)) {
    test(`one that takes nothing keeps a few megabytes, and then misses nothing (${kind})`, async () => {
      const namespace = freshNamespace()
      const near = await jetBroker(server, { namespace })
      for (const name of ['big', 'small']) await near.topics.ensure({ name, partitions: 1 })
      const { open, end } = await fill(near)
      const proxy = await TcpProxy.open(server.port)
      const broker = await jetBroker(server, { namespace, servers: [proxy.address] })
      const before = proxy.heard
      const reader = open(broker)
      await eventually('the first of it', () => proxy.heard - before > MIB || null)
      // Whatever it had asked for by now comes before these.
      for (const n of MANY) await near.producer().append([appendTo('small', 0, [`a=${n}`])])
      assert.is((await recordsIn(broker, 'small')).length, COUNT)
      assert.ok(proxy.heard - before < KEPT_MAX, `${proxy.heard - before} bytes came`)
      assert.equal(
        keysOf(await gather(reader, end)),
        MANY.map((n) => `k${n}`),
      )
      await Promise.all([broker.close(), near.close()])
      await proxy.close()
    })
  }
})

const monitor = await freePort()
/** One large message is a pull of its own, and a few of them are more than the wire holds. */
const config = `http: "127.0.0.1:${monitor}"\nmax_payload: 8388608\nwrite_deadline: "2s"`

await natsSuite('slow readers, cut off', { config }, (test, server) => {
  const PARTITIONS = 3
  const LARGE = 'x'.repeat(7 * MIB)

  test('whose connection NATS broke as that of a slow consumer go on, and miss nothing', async () => {
    const namespace = freshNamespace()
    const near = await jetBroker(server, { namespace })
    await near.topics.ensure({ name: 'big', partitions: PARTITIONS })
    const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    for (const partition of all) {
      for (const n of [1, 2]) {
        await near.producer().append([appendTo('big', partition, [`k${n}=${LARGE}`])])
      }
    }
    const told: string[] = []
    const log = { log: (_level: string, code: string) => void told.push(code) }
    const proxy = await TcpProxy.open(server.port)
    const broker = await jetBroker(server, { namespace, servers: [proxy.address], log })
    proxy.clog(/MSG\.NEXT\.\S+_big_/)
    const readers = all.map((partition) =>
      broker.reader({ topic: 'big', partition }, 'earliest', () => {}),
    )
    while ((await slowConsumers()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    proxy.unclog()
    for (const [partition, reader] of readers.entries()) {
      const end = await endOf(near, 'big', partition)
      assert.equal(keysOf(await gather(reader, end)), ['k1', 'k2'])
    }
    assert.ok(told.includes('BROKER_SLOW_READER'), told.join(' '))
    await Promise.all([broker.close(), near.close()])
    await proxy.close()
  })

  /** How many connections this server broke for it. */
  async function slowConsumers(): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${monitor}/varz`)
    return ((await answer.json()) as { slow_consumers: number }).slow_consumers
  }
})
