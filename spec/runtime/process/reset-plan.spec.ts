// What belongs to an application, and what to another one whose name begins alike.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { planKey, resetKey, shapeKey } from '#protocols/messages/membership'
import { planReset } from '#runtime/process/reset-plan'
import { refuses } from '../../contracts/broker-kit.ts'
import { memoryBrokers } from '../../stores/log/brokers.ts'

const open = memoryBrokers()
const broker = open()
const internal = ['app.flow.a.changelog', 'app.flow.a.repartition', 'app.flow.two.b.changelog']
const others = ['app.x.flow.a.changelog', 'app.flow.mailbox', 'app.replies']
for (const name of [...internal, ...others]) {
  await broker.topics.ensure({ name, partitions: 1, owner: 'internal' })
}
await broker.topics.ensure({ name: 'app.flow.mine', partitions: 1 })
for (const [application, name] of [
  ['app', 'flow'],
  ['app', 'flow.two'],
  ['app.x', 'flow'],
] as const) {
  await broker.keys.put(planKey(application, name), utf8('{}'))
}

const names = async (application: string, topology?: string): Promise<string[]> =>
  (await planReset(broker, { application, topology })).topics.map(({ name }) => name).sort()

test('internal topics belong to the longest name that begins theirs', async () => {
  assert.equal(await names('app'), [...internal, 'app.flow.mailbox', 'app.replies'].sort())
  assert.equal(await names('app.x'), ['app.x.flow.a.changelog'])
  assert.equal(await names('ap'), [])
})

test('of one topology go its logs and repartition topics, and no mail', async () => {
  assert.equal(await names('app', 'flow'), ['app.flow.a.changelog', 'app.flow.a.repartition'])
  assert.equal(await names('app', 'flow.two'), ['app.flow.two.b.changelog'])
  await refuses('TOPOLOGY_UNKNOWN', () => names('app', 'other'))
  await refuses('OPTION_INVALID', () => names('../app'))
})

test('of one topology goes what is active, and what waits to be; of others it stays', async () => {
  const waiting = ['flow', 'flow.two'].map((name) => shapeKey('app', name, 'abc'))
  for (const key of waiting) await broker.keys.put(key, utf8('{}'))
  const keys = async (topology?: string): Promise<readonly string[]> =>
    (await planReset(broker, { application: 'app', topology })).keys
  assert.equal(await keys('flow'), ['app/shapes/flow/abc', 'app/plans/flow'])
  for (const key of waiting) assert.ok((await keys()).includes(key), key)
})

test('a reset that was begun is finished by one of as much, or more', async () => {
  await broker.keys.put(resetKey('app'), utf8('flow'))
  await refuses('RESET_UNFINISHED', () => names('app', 'flow.two'))
  assert.is((await names('app', 'flow')).length, 2)
  await broker.keys.put(resetKey('app'), utf8(''))
  await refuses('RESET_UNFINISHED', () => names('app', 'flow'))
  assert.ok((await planReset(broker, { application: 'app' })).unfinished !== null)
})

test.after(() => broker.close())
test.run()
