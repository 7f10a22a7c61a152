// Hosts that count words over NATS, while the server, a host, or the network between them stands still for
// longer than memberships last. How long that is, hosts decide that were given up, not the clock.

import * as assert from 'uvu/assert'
import type { HostProcess } from '../kit/host-process.ts'
import { natsSuite } from '../kit/nats-server.ts'
import { TcpProxy } from '../kit/tcp-proxy.ts'
import { within } from '../kit/within.ts'
import { NatsWords } from './nats-words.ts'

const NEVER_MS = 120_000
const IDS = ['one', 'two', 'three']

/** Ends hosts, of which every word was counted once. */
async function endsExact(
  { lines, updates }: NatsWords,
  hosts: readonly HostProcess[],
): Promise<void> {
  await Promise.all(hosts.map((host) => host.signal('SIGTERM')))
  assert.equal(await Promise.all(hosts.map(({ exit }) => exit)), [0, 0, 0])
  updates.read()
  assert.is(updates.count, lines.words)
  assert.equal(updates.wrong, [])
  assert.equal(updates.totals, lines.totals)
}

await natsSuite('nats, standing still', {}, (test, server) => {
  test('a host that stands still, then one that is cut off, is replaced, comes back, and counts nothing twice', async () => {
    const proxy = await TcpProxy.open(server.port)
    const world = await NatsWords.open(server)
    const { lines, updates } = world
    try {
      const [one, two, three] = [
        world.host('one'),
        world.host('two', proxy.address),
        world.host('three'),
      ]
      await Promise.all([one.ready(), two.ready(), three.ready()])
      const halfway = async (round: number): Promise<void> => {
        await world.feed(round)
        await world.reach(Math.floor((updates.count + lines.words) / 2))
      }
      await halfway(0)
      await three.signal('SIGSTOP')
      await world.members(['one', 'two'])
      await halfway(1)
      await three.signal('SIGCONT')
      await world.members(IDS)
      await halfway(2)
      proxy.part()
      await world.members(['one', 'three'])
      await halfway(3)
      proxy.mend()
      await world.members(IDS)
      await halfway(4)
      await world.reach(lines.words)
      await endsExact(world, [one, two, three])
    } finally {
      await world.close()
      await proxy.close()
    }
  })
})

await natsSuite('nats, a server that stands still', {}, (test, server) => {
  test('hosts go on when a server goes on that stood still until nobody kept a connection to it', async () => {
    const world = await NatsWords.open(server)
    try {
      const hosts = IDS.map((id) => world.host(id))
      await Promise.all(hosts.map((host) => host.ready()))
      await world.feed(0)
      await world.reach(Math.floor(world.lines.words / 3))
      await server.freeze()
      await within(
        NEVER_MS,
        'all gave the connection up',
        Promise.all(hosts.map((host) => host.says('BROKER_LOST'))),
      )
      server.thaw()
      await world.feed(1)
      await world.reach(world.lines.words)
      await endsExact(world, hosts)
    } finally {
      server.thaw()
      await world.close()
    }
  })
})
