// A commit is on its own log alone, whole or in parts; the newest message is what the last owner left.

import * as assert from 'uvu/assert'
import { silent } from '#protocols/core/log'
import { Catalog } from '#protocols/jetstream/catalog'
import { CommitLog } from '#protocols/jetstream/commit-log'
import { PullBudget } from '#protocols/jetstream/feed'
import { KeyMap } from '#protocols/jetstream/key-map'
import { Link } from '#protocols/jetstream/link'
import { namesOf } from '#protocols/jetstream/names'
import { commitLog } from '#protocols/messages/commit-header'
import { changesOf, claimOf, transactionOf } from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { chance, machineClock } from '../../stores/log/brokers.ts'
import { freshNamespace, jetBroker } from './jet-world.ts'

await natsSuite('jetstream commit log', { config: 'max_payload: 65536' }, (test, server) => {
  test('it has its own claims and commits, and nobody else has them', async () => {
    const namespace = freshNamespace()
    const broker = await jetBroker(server, { namespace })
    const [zero, one] = [await broker.claim(claimOf('h', 0)), await broker.claim(claimOf('h', 1))]
    const refs = [zero.head]
    for (const size of [1, 80_000]) {
      const changes = changesOf([`k=${'x'.repeat(size)}`])
      refs.push(await zero.commit(transactionOf({ changes })))
    }
    const { logs, close } = await logsOf(server, namespace)
    const [own, other] = logs
    for (const ref of refs) {
      assert.is(await own?.has(ref), true)
      assert.is(await other?.has(ref), false)
      assert.is(await own?.has({ ...ref, tag: 'other' }), false)
      assert.is(await own?.has({ ...ref, number: ref.number + 1 }), false)
    }
    const last = await own?.last()
    assert.equal([last?.header.number, last?.unforwarded, last?.parts.length], [2, 0, 2])
    assert.is((await other?.last())?.header.tag, one.head.tag)
    await close()
    await broker.close()
  })
})

/** The logs of both partitions, as another process sees them. */
async function logsOf(server: NatsServer, namespace: string) {
  const ports = { clock: machineClock, random: chance, log: silent }
  const link = await Link.open({ ...ports, settings: { servers: [server.address] } })
  const names = namesOf(namespace)
  const budget = new PullBudget(1 << 24, 1 << 20)
  const feeds = { link, wire: machineClock, clock: machineClock, budget }
  const map = await KeyMap.open({ ...feeds, names, replicas: 1, isClockShared: false })
  const catalog = new Catalog({ link, map, names, replicas: 1 })
  await map.fresh()
  const places = await Promise.all([0, 1].map((at) => catalog.get(commitLog(claimOf('h', at)))))
  const close = async (): Promise<void> => {
    map.close()
    await link.close()
  }
  return {
    logs: places.map((place) => new CommitLog({ ...feeds, names, map, catalog }, place)),
    close,
  }
}
