// The coordinator actor on a broker in memory: one candidate leads, a dead one is replaced, and what
// is placed follows from the members alone.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { coordinator } from '#actors/coordinator/coordinator'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import type { Keys } from '#protocols/broker/broker'
import type { Member } from '#protocols/messages/membership'
import { hostKey, leaseKey, wishesKey } from '#protocols/messages/membership'
import { APP, HostWorld, type SimulatedProcess } from '../host/host-world.ts'

const LEASE_MS = 3000
const TASKS = { t: { all: 2 } }

/** A host of the group whose member record the spec keeps, with its candidate. */
async function candidate(
  world: HostWorld,
  id: string,
  change: Partial<Member> = {},
  through = (keys: Keys): Keys => keys,
): Promise<SimulatedProcess> {
  await world.join(id, { topologies: TASKS, ...change })
  return campaign(world, id, through)
}

async function campaign(
  world: HostWorld,
  id: string,
  through = (keys: Keys): Keys => keys,
): Promise<SimulatedProcess> {
  const process = world.process(id)
  const keys = through(process.broker.keys)
  const facts = { application: APP, host: id, incarnation: `${id}-1`, leaseMs: LEASE_MS }
  const ports = { keys, ...facts, standbys: STANDBY_DEFAULT, isGone: world.isGone }
  process.system.spawn(coordinator(ports), 'coordinator')
  await world.clock.settle()
  return process
}

/** Lets what a candidate writes wait, as if its process stood still between reading and writing. */
class Gate {
  readonly #waiting: (() => void)[] = []
  isClosed = false

  readonly through = (keys: Keys): Keys => ({
    get: (key) => keys.get(key),
    list: (prefix) => keys.list(prefix),
    watch: (prefix, onChange) => keys.watch(prefix, onChange),
    remove: (key, expect) => keys.remove(key, expect),
    put: async (key, value, options) => {
      if (this.isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
      return keys.put(key, value, options)
    },
  })

  get waiting(): number {
    return this.#waiting.length
  }

  open(): void {
    this.isClosed = false
    for (const go of this.#waiting.splice(0)) go()
  }
}

test('one of several leads, for as long as it lives', async () => {
  const world = new HostWorld()
  for (const id of ['a', 'b', 'c']) await candidate(world, id)
  const first = await world.leader()
  assert.ok(first !== null)
  for (let n = 0; n < 20; n++) {
    await world.clock.advance(1000)
    assert.is(await world.leader(), first)
  }
})

test('a leader that is silent is replaced when its lease runs out', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a')
  await candidate(world, 'b')
  a.clock.kill()
  await world.clock.advance(LEASE_MS - 1100)
  assert.is(await world.leader(), 'a')
  await world.clock.advance(2200)
  assert.is(await world.leader(), 'b')
})

test('a leader whose process is gone is replaced at the next tick, and buried', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a')
  await candidate(world, 'b')
  a.clock.kill()
  world.gone.add('a')
  await world.clock.advance(LEASE_MS / 3)
  assert.is(await world.leader(), 'b')
  assert.is(await world.member('a'), null)
  const placed = await world.placement()
  assert.equal(placed?.granted, { 't/all/0': 'b', 't/all/1': 'b' })
})

test('a leader that resigns gives the lease to the next at once', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a')
  await candidate(world, 'b')
  await world.now(a.system.stop())
  await world.clock.settle()
  assert.is(await world.leader(), 'b')
})

test('a candidate that starts again takes up its own lease', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a')
  a.clock.kill()
  await campaign(world, 'a')
  await world.join('b', { topologies: TASKS })
  await world.clock.settle()
  assert.equal(Object.values((await world.placement())?.target ?? {}).sort(), ['a', 'b'])
})

test('a leader that lost its lease places nothing until it has one again', async () => {
  const world = new HostWorld()
  await candidate(world, 'a')
  const other = new TextEncoder().encode(JSON.stringify({ host: 'b', incarnation: 'b-1' }))
  await world.join('b')
  await world.now(world.broker.keys.put(leaseKey(APP), other))
  await world.clock.advance(LEASE_MS / 3)
  const { version } = (await world.placement()) ?? { version: 0 }
  await world.join('c', { topologies: TASKS })
  await world.clock.advance(LEASE_MS * 3)
  assert.is((await world.placement())?.version, version)
  await world.remove(leaseKey(APP))
  await world.clock.settle()
  assert.equal(Object.values((await world.placement())?.target ?? {}).sort(), ['a', 'c'])
})

test('of two that believe to lead one places, and the one that comes late follows', async () => {
  const world = new HostWorld()
  const gate = new Gate()
  await candidate(world, 'a', {}, gate.through)
  await candidate(world, 'b')
  gate.isClosed = true
  await world.join('c', { topologies: { u: { all: 1 } } })
  await world.clock.settle()
  assert.is(gate.waiting, 1, 'its placement is on the way')
  await world.join('d', { topologies: { v: { all: 1 } } })
  await world.clock.advance(LEASE_MS * 2)
  assert.is(await world.leader(), 'b')
  const placed = await world.placement()
  assert.is(placed?.target['v/all/0'], 'd')
  gate.open()
  await world.clock.settle()
  assert.equal(await world.placement(), placed)
  assert.is(await world.leader(), 'b')
  await world.clock.advance(LEASE_MS * 2)
  assert.equal(await world.placement(), placed)
  assert.is(await world.leader(), 'b')
})

test('a task that moves waits for its release', async () => {
  const world = new HostWorld()
  const held = ['t/all/0', 't/all/1']
  await candidate(world, 'a', { held })
  await world.join('b', { topologies: TASKS })
  await world.clock.settle()
  const { target = {}, granted = {} } = (await world.placement()) ?? {}
  const [moved = ''] = Object.keys(target).filter((task) => target[task] === 'b')
  assert.equal(Object.values(target).sort(), ['a', 'b'])
  assert.is(granted[moved], undefined)
  await world.clock.advance(LEASE_MS * 5)
  assert.is((await world.placement())?.granted[moved], undefined)
  await world.join('a', { topologies: TASKS, held: held.filter((task) => task !== moved) })
  await world.clock.settle()
  assert.is((await world.placement())?.granted[moved], 'b')
})

test('a member that expired, or left, is placed nothing any more', async () => {
  const world = new HostWorld()
  await candidate(world, 'a')
  const b = { topologies: TASKS, held: [] }
  await world.join('b', b)
  await world.clock.settle()
  assert.ok(Object.values((await world.placement())?.target ?? {}).includes('b'))
  await world.remove(hostKey(APP, 'b'))
  await world.clock.settle()
  assert.equal((await world.placement())?.granted, { 't/all/0': 'a', 't/all/1': 'a' })
})

test('what operators wish is placed at once, and when they do not wish it any more', async () => {
  const world = new HostWorld()
  await candidate(world, 'a')
  await world.join('b', { topologies: TASKS })
  const owners = async (): Promise<string[]> =>
    Object.values((await world.placement())?.target ?? {}).sort()
  await world.wish({ draining: ['a'] })
  assert.equal(await owners(), ['b', 'b'])
  await world.wish({ isFrozen: true })
  assert.equal(await owners(), ['b', 'b'])
  await world.wish({})
  assert.equal(await owners(), ['a', 'b'])
  await world.remove(wishesKey(APP))
  assert.equal(await owners(), ['a', 'b'])
})

test('a task of a draining host waits for its copy until the deadline, and no longer', async () => {
  const world = new HostWorld()
  const held = ['t/all/0', 't/all/1']
  await candidate(world, 'a', { stateful: ['t/all'], held, copies: {} })
  await world.join('b', { topologies: TASKS, stateful: ['t/all'], copies: {} })
  const drainBy = { a: world.clock.now() + 20_000 }
  await world.wish({ draining: ['a'], drainBy })
  await world.clock.advance(19_000)
  assert.equal((await world.placement())?.granted, { 't/all/0': 'a', 't/all/1': 'a' })
  await world.clock.advance(1000 + LEASE_MS / 3)
  assert.equal((await world.placement())?.granted, {})
  await world.join('a', { topologies: TASKS, stateful: ['t/all'], copies: {} })
  await world.clock.advance(LEASE_MS / 3)
  assert.equal((await world.placement())?.granted, { 't/all/0': 'b', 't/all/1': 'b' })
})

test('a leader that is fenced gives the lease to another, and does not take it back', async () => {
  const world = new HostWorld()
  await candidate(world, 'a')
  await candidate(world, 'b')
  await world.wish({ fenced: ['a'] })
  await world.clock.settle()
  assert.is(await world.leader(), 'b')
  assert.equal((await world.placement())?.granted, { 't/all/0': 'b', 't/all/1': 'b' })
  await world.remove(leaseKey(APP))
  await world.clock.advance(LEASE_MS)
  assert.is(await world.leader(), 'b')
})

test('a leader that stands still is replaced as soon as it is fenced, and so is what it held', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a', { held: ['t/all/0', 't/all/1'] })
  await candidate(world, 'b')
  a.clock.pause()
  await world.wish({ fenced: ['a'] })
  await world.clock.settle()
  assert.is(await world.leader(), 'b')
  assert.equal((await world.placement())?.granted, { 't/all/0': 'b', 't/all/1': 'b' })
  a.clock.resume()
  await world.clock.advance(LEASE_MS)
  assert.is(await world.leader(), 'b')
})

test('where everybody is fenced nobody leads, until somebody is not', async () => {
  const world = new HostWorld()
  await candidate(world, 'a')
  await world.wish({ fenced: ['a'] })
  await world.clock.advance(LEASE_MS * 2)
  assert.is(await world.leader(), null)
  await world.wish({})
  await world.clock.settle()
  assert.is(await world.leader(), 'a')
})

test('a leader that does not know what it left places the same again', async () => {
  const world = new HostWorld()
  const a = await candidate(world, 'a')
  await candidate(world, 'b')
  await world.clock.settle()
  const before = await world.placement()
  a.clock.kill()
  await world.clock.advance(LEASE_MS + 1000)
  assert.is(await world.leader(), 'b')
  assert.equal(await world.placement(), before)
})

test.run()
