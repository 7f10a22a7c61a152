// A host's record: of two processes with one id, one is the member.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Membership } from '#actors/host/membership'
import { hostKey } from '#protocols/messages/membership'
import { APP, HostWorld, memberOf } from './host-world.ts'

const SESSION_MS = 4000

function membership(world: HostWorld, socket: string): Membership {
  const { clock, broker } = world.process(socket)
  return new Membership({
    ...{ keys: broker.keys, clock, application: APP, id: 'a', sessionTimeoutMs: SESSION_MS },
    document: () => memberOf('a', { socket }),
    isGone: world.isGone,
  })
}

test('the first one joins, and its record lasts as long as it renews it', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  assert.is(await world.now(first.join()), true)
  await world.clock.advance(SESSION_MS - 1)
  assert.is(await world.now(first.renew()), true)
  await world.clock.advance(SESSION_MS - 1)
  assert.is((await world.member('a'))?.socket, 'first')
  await world.clock.advance(2)
  assert.is(await world.member('a'), null)
})

test('a record that expired is not ours any more', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  await world.clock.advance(SESSION_MS + 1)
  assert.is(await world.now(first.renew()), false)
  assert.is(await world.now(first.join()), true)
})

test('while the first renews, the second cannot join; when it stands still, the second takes over', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  const second = membership(world, 'second')
  const refused = second.join()
  await world.clock.advance(1000)
  assert.is(await world.now(first.renew()), true)
  await world.clock.advance(1000)
  assert.is(await refused, false)

  const joined = second.join()
  await world.clock.advance(SESSION_MS / 2)
  assert.is(await joined, true)
  assert.is(await world.now(first.renew()), false)
  assert.is((await world.member('a'))?.socket, 'second')
})

test('the last word of one that is gone does not keep its successor out', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  const { clock, broker } = world.process('second')
  let looks = 0
  const second = new Membership({
    ...{ keys: broker.keys, clock, application: APP, id: 'a', sessionTimeoutMs: SESSION_MS },
    document: () => memberOf('a', { socket: 'second' }),
    async isGone() {
      // What it had begun to write when it died is stored just after the successor looked.
      if (looks++ === 0) await first.renew()
      return true
    },
  })
  assert.is(await world.now(second.join()), true)
  assert.is(looks, 2)
  assert.is((await world.member('a'))?.socket, 'second')
})

test('one that leaves removes its own record only', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  await world.join('a', { socket: 'second' })
  await world.now(first.leave())
  assert.is((await world.member('a'))?.socket, 'second')
  await world.remove(hostKey(APP, 'a'))
  const third = membership(world, 'third')
  await world.now(third.join())
  await world.now(third.leave())
  assert.is(await world.member('a'), null)
})

test('writes follow one another, however fast they are asked for', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  const renewals = Promise.all(Array.from({ length: 20 }, () => first.renew()))
  assert.ok((await world.now(renewals)).every((isOurs) => isOurs))
})

test.run()
