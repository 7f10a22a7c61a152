// What a host sees of its group when it looks.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { look } from '#actors/host/look'
import { NOTHING_PLACED } from '#protocols/messages/membership'
import { APP, HostWorld } from './host-world.ts'

test('a host is alone, where it asks, when all others leave, are fenced or gone', async () => {
  const world = new HostWorld()
  const ports = { broker: world.broker, application: APP, id: 'a', isGone: world.isGone }
  const isAlone = async (counts = true) => (await world.now(look(ports, counts))).isAlone
  await world.join('a')
  assert.equal([await isAlone(), await isAlone(false)], [true, false])
  await world.join('leaves', { state: 'draining' })
  await world.join('gone')
  world.gone.add('gone')
  await world.join('b')
  assert.not.ok(await isAlone())
  await world.wish({ fenced: ['b'] })
  assert.ok(await isAlone())
})

test('before anything was placed or wished there is nothing to run', async () => {
  const world = new HostWorld()
  const ports = { broker: world.broker, application: APP, id: 'a', isGone: world.isGone }
  const found = await world.now(look(ports, false))
  assert.equal(found, { placement: NOTHING_PLACED, isFenced: false, isAlone: false })
  await world.wish({ fenced: ['a'] })
  assert.ok((await world.now(look(ports, false))).isFenced)
})

test.run()
