// A host's record: of two processes with one id, one is the member.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Membership } from '#actors/host/membership'
import type { Keys } from '#protocols/broker/broker'
import { decodeMember, hostKey } from '#protocols/messages/membership'
import { APP, HostWorld, memberOf } from './host-world.ts'

const SESSION_MS = 4000

function membership(
  world: HostWorld,
  socket: string,
  over: (keys: Keys) => Keys = (keys) => keys,
): Membership {
  const { clock, broker } = world.process(socket)
  return new Membership({
    ...{ keys: over(broker.keys), clock, application: APP, id: 'a', sessionTimeoutMs: SESSION_MS },
    document: () => memberOf('a', { socket, incarnation: socket }),
    isGone: world.isGone,
  })
}

/** Holds writes back until they are let go. */
class SlowWrites {
  /** What was written, or is about to be. */
  readonly held: string[][] = []
  readonly #waiting: (() => void)[] = []
  isSlow = false

  readonly over = (keys: Keys): Keys => ({
    get: (key) => keys.get(key),
    list: (prefix) => keys.list(prefix),
    remove: (key, expect) => keys.remove(key, expect),
    watch: (prefix, onChange) => keys.watch(prefix, onChange),
    put: async (key, value, options) => {
      this.held.push([...decodeMember(value).held])
      if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
      return keys.put(key, value, options)
    },
  })

  letGo(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
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
    document: () => memberOf('a', { socket: 'second', incarnation: 'second' }),
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

test('however many renewals are asked for while one is under way, one more is written, and says what is true then', async () => {
  const world = new HostWorld()
  const writes = new SlowWrites()
  const { clock, broker } = world.process('a')
  let held: string[] = []
  const first = new Membership({
    keys: writes.over(broker.keys),
    ...{ clock, application: APP, id: 'a', sessionTimeoutMs: SESSION_MS },
    document: () => memberOf('a', { held }),
    isGone: world.isGone,
  })
  await world.now(first.join())
  writes.isSlow = true
  const under = first.renew()
  await world.clock.settle()
  const waiting = Array.from({ length: 20 }, () => first.renew())
  await world.clock.settle()
  held = ['t/all/0']
  writes.isSlow = false
  writes.letGo()
  assert.equal(await world.now(Promise.all([under, ...waiting])), Array(21).fill(true))
  assert.equal(writes.held, [[], [], ['t/all/0']])
})

test('a renewal that was late for one membership writes nothing into the next', async () => {
  const world = new HostWorld()
  const writes = new SlowWrites()
  const first = membership(world, 'first', writes.over)
  await world.now(first.join())
  writes.isSlow = true
  const under = first.renew()
  await world.clock.settle()
  const late = first.renew()
  await world.clock.advance(SESSION_MS + 1)
  const joined = first.join()
  await world.clock.settle()
  writes.isSlow = false
  writes.letGo()
  assert.equal(await world.now(Promise.all([under, late, joined])), [false, false, true])
  assert.is(await world.now(first.renew()), true)
})

test('a record that was written although its answer was lost is still ours', async () => {
  const world = new HostWorld()
  let isLost = false
  const losing = (keys: Keys): Keys => ({
    get: (key) => keys.get(key),
    list: (prefix) => keys.list(prefix),
    remove: (key, expect) => keys.remove(key, expect),
    watch: (prefix, onChange) => keys.watch(prefix, onChange),
    put: async (key, value, options) => {
      const revision = await keys.put(key, value, options)
      if (isLost) throw new Error('no answer')
      return revision
    },
  })
  const first = membership(world, 'first', losing)
  isLost = true
  assert.match(String(await world.now(first.join().catch(String))), 'no answer')
  isLost = false
  assert.is(await world.now(first.join()), true, 'without a wait')
  isLost = true
  assert.match(String(await world.now(first.renew().catch(String))), 'no answer')
  isLost = false
  assert.is(await world.now(first.renew()), true)
})

test('writes follow one another, however fast they are asked for', async () => {
  const world = new HostWorld()
  const first = membership(world, 'first')
  await world.now(first.join())
  const renewals = Promise.all(Array.from({ length: 20 }, () => first.renew()))
  assert.ok((await world.now(renewals)).every((isOurs) => isOurs))
})

test.run()
