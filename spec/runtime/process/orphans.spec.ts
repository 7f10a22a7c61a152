// Internal topics that nothing uses any more are found, and no other.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { encodeDocument, hostKey, planKey, resetKey } from '#protocols/messages/membership'
import { orphansIn } from '#runtime/process/orphans'
import { memberOf } from '../../actors/host/host-world.ts'
import { memoryBrokers } from '../../stores/log/brokers.ts'

const USED = [
  ...['app.flow.lines.changelog', 'app.flow.counts.changelog', 'app.flow.counts.repartition'],
  ...['app.cart.mailbox', 'app.cart.output', 'app.replies', 'app.events', 'app.x.flow.a.changelog'],
]
const UNUSED = ['app.flow.old.changelog', 'app.flow.old.repartition', 'app.gone.a.changelog']
const subtopologies = {
  lines: { tasks: 1, sources: ['lines'], stores: {} },
  counts: { tasks: 1, sources: ['app.flow.counts.repartition'], stores: {} },
}
const PLAN = { topology: 'flow', subtopologies, topics: { 'app.flow.counts.repartition': 's s' } }

/** An application of one topology, and one of which no plan is kept. */
async function world(): Promise<Broker> {
  const broker = memoryBrokers()()
  for (const name of [...USED, ...UNUSED]) {
    await broker.topics.ensure({ name, partitions: 1, owner: 'internal' })
  }
  await broker.topics.ensure({ name: 'app.flow.mine', partitions: 1 })
  await broker.keys.put(planKey('app', 'flow'), utf8(JSON.stringify(PLAN)))
  await broker.keys.put(hostKey('app.x', 'one'), encodeDocument(memberOf('one')))
  return broker
}

const found = async (broker: Broker): Promise<readonly string[]> =>
  (await orphansIn(broker)).map(({ name }) => name).sort()

test('what no kept plan has is found; mail, users and other applications are let be', async () => {
  const broker = await world()
  assert.equal(await found(broker), [...UNUSED].sort())
  assert.ok((await orphansIn(broker)).every(({ isAttended }) => !isAttended))
  await broker.keys.put(hostKey('app', 'one'), encodeDocument(memberOf('one')))
  assert.ok((await orphansIn(broker)).every(({ isAttended }) => isAttended))
  await broker.close()
})

test('what a running host has in another version than the kept plan is let be', async () => {
  const broker = await world()
  const member = (parts: Readonly<Record<string, number>>) =>
    encodeDocument(memberOf('one', { topologies: { flow: parts } }))
  await broker.keys.put(hostKey('app', 'one'), member({ lines: 1, counts: 1 }))
  assert.equal(await found(broker), [...UNUSED].sort())
  await broker.keys.put(hostKey('app', 'one'), member({ lines: 1, old: 1 }))
  assert.equal(await found(broker), ['app.gone.a.changelog'])
  await broker.close()
})

test('of an application that is being reset nothing is found', async () => {
  const broker = await world()
  await broker.keys.put(resetKey('app'), utf8(''))
  assert.equal(await found(broker), [])
  await broker.close()
})

test.run()
