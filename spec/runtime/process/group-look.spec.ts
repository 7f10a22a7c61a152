// The documents of an application from outside: what is there, and wishes rewritten by many at once.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assignmentKey,
  encodeDocument,
  NOTHING_PLACED,
  NOTHING_WISHED,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'
import { applicationsIn, changeWishes, lookAt } from '#runtime/process/group-look'
import { marking, pinning } from '#runtime/process/wishes'
import { APP, codeOf, HostWorld } from '../../actors/host/host-world.ts'

test('an application of which nothing is there is unknown, and those that there are are named', async () => {
  const world = new HostWorld()
  await world.join('a')
  const { keys } = world.broker
  assert.is(await codeOf(lookAt(keys, 'ap')), 'APPLICATION_UNKNOWN')
  for (const name of ['second', 'first']) {
    await world.now(keys.put(assignmentKey(name), encodeDocument(NOTHING_PLACED)))
  }
  assert.equal(await applicationsIn(keys), ['first', 'second'])
  assert.match(await lookAt(keys, 'ap').catch(({ hint }) => hint), 'Say one of first, second')
  const { coordinator, members, placement, wishes } = await lookAt(world.broker.keys, APP)
  assert.equal([coordinator, members.map(({ id }) => id)], [null, ['a']])
  assert.equal([placement.version, wishes], [0, NOTHING_WISHED])
})

test('operators who wish at the same time are all heard, and what nobody here knows is kept', async () => {
  const world = new HostWorld()
  const { keys } = world.broker
  const newer = new TextEncoder().encode(JSON.stringify({ retired: ['x'] }))
  await world.now(keys.put(wishesKey(APP), newer))
  const changes = [
    ...[marking('draining', 'a', true), marking('draining', 'b', true)],
    ...[marking('fenced', 'c', true), pinning('t/a/0', 'b')],
  ]
  await world.now(Promise.all(changes.map((change) => changeWishes(keys, APP, change))))
  assert.equal(wishesOf(await keys.get(wishesKey(APP))), {
    ...{ draining: ['a', 'b'], fenced: ['c'], isFrozen: false, pins: { 't/a/0': 'b' } },
    ...{ drainBy: {}, retired: ['x'] },
  })
})

test('a wish that holds already is not written', async () => {
  const world = new HostWorld()
  const { keys } = world.broker
  const drain = marking('draining', 'a', true)
  await world.now(changeWishes(keys, APP, drain))
  const before = await keys.get(wishesKey(APP))
  await world.now(changeWishes(keys, APP, drain))
  assert.is((await keys.get(wishesKey(APP)))?.revision, before?.revision)
})

test.run()
