// What operators do leaves a record with who it was and why; where it cannot be recorded, it is done all
// the same.

import { userInfo } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeDocument, hostKey } from '#protocols/messages/membership'
import { readEvents } from '#runtime/events/read-events'
import { operator, record, recordForAll, signature } from '../../../runtime/cli/deed.ts'
import { brokerLocation } from '../../../runtime/process/broker-location.ts'
import { openBroker } from '../../../runtime/process/open-broker.ts'
import { memberOf } from '../../actors/host/host-world.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('a deed is an event with who did it, and why', async () => {
  const broker = openBroker(brokerLocation('file:.', tempDir()))
  const deed = { code: 'DRAIN', message: 'host one is to drain', facts: { host: 'one' } }
  await record(broker, 'app', deed, { reason: 'a new disk' })
  await record(broker, 'app', { code: 'FREEZE', message: 'frozen' })
  const [first, second] = await readEvents(broker, 'app')
  await broker.close()
  const { atMs, ...said } = first ?? { atMs: 0 }
  assert.ok(atMs > 1.6e12)
  const who = { host: null, by: operator() }
  assert.equal(said, { ...deed, ...who, level: 'info', reason: 'a new disk' })
  assert.equal([second?.code, second?.reason], ['FREEZE', null])
})

test('what belongs to no one application is told to all that are there, or to the one that is meant', async () => {
  const directory = tempDir()
  const broker = openBroker(brokerLocation('file:.', directory))
  for (const name of ['app', 'other']) {
    await broker.keys.put(hostKey(name, 'one'), encodeDocument(memberOf('one')))
  }
  const deed = { code: 'TOPIC_DROPPED', message: 'topic shop is dropped' }
  const there = { broker: `file:${directory}` }
  await recordForAll(broker, deed, there)
  await recordForAll(broker, deed, { ...there, app: 'other', reason: 'old' })
  await recordForAll(broker, deed, { ...there, app: 'nobody' })
  const told = await Promise.all(['app', 'other', 'nobody'].map((name) => readEvents(broker, name)))
  await broker.close()
  assert.equal(
    told.map((events) => events.map(({ reason }) => reason)),
    [[null], [null, 'old'], []],
  )
})

test('an order is signed by the user, with a reason if there is one', () => {
  assert.match(operator(), new RegExp(`^${userInfo().username}@.`))
  assert.equal(signature({}), { by: operator() })
  assert.equal(signature({ reason: 'why not' }), { by: operator(), reason: 'why not' })
})

test('a deed that cannot be recorded is no failure', async () => {
  const away = (): never => {
    throw new Error('away')
  }
  const topics = {
    ensure: away,
    describe: away,
    list: away,
    drop: away,
    grow: away,
    offsetAt: away,
  }
  await record({ topics, producer: away }, 'app', { code: 'FREEZE', message: 'frozen' })
})

test.run()
