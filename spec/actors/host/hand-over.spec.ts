// A host that hands over what it runs before it leaves.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Keys } from '#protocols/broker/broker'
import { hostKey } from '#protocols/messages/membership'
import { APP, codeOf, HostWorld } from './host-world.ts'
import { started, T0, T1, TestHost } from './test-host.ts'

test('one that is to hand over goes on as it is granted, and is done when it runs nothing any more', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a', [T1]: 'a' })
  await world.clock.settle()
  host.worker.take()
  let isDone = false
  const done = host.ref
    .ask<void>((reply) => ({ type: 'hand-over', reply }), 60_000)
    .then(() => {
      isDone = true
    })
  await world.clock.settle()
  const member = await world.member('a')
  assert.equal([member?.state, member?.isHandingOver], ['draining', true])
  assert.equal([host.worker.take(), isDone], [[], false])
  await world.place({ [T1]: 'a' }, 2)
  await world.clock.settle()
  assert.equal([host.worker.take(), isDone], [[`stop ${T0} clean`], false])
  await world.place({}, 3, { [T1]: ['a'] })
  await world.clock.settle()
  await world.now(done)
  // What it copies is nobody's task.
  assert.equal(host.worker.take(), [`stop ${T1} clean`, `follow ${T1}`])
})

test('told to stop while it hands over, it closes what is left and says that nobody need wait', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await world.place({ [T0]: 'a' })
  await world.clock.settle()
  host.worker.take()
  host.worker.closes = false
  const late = host.ref.ask<void>((reply) => ({ type: 'hand-over', reply }), 100)
  assert.is(
    await codeOf(Promise.race([late, world.clock.advance(200).then(() => late)])),
    'ASK_TIMEOUT',
  )
  const stopped = host.process.system.stop()
  await world.clock.advance(2100)
  const member = await world.member('a')
  assert.equal([member?.state, member?.isHandingOver], ['draining', undefined])
  assert.equal(host.worker.take(), [`stop ${T0} clean`])
  host.worker.closed(T0)
  await world.now(stopped)
})

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The host has been told to hand over; whether it still waits. */
async function handedOver(world: HostWorld, { ref }: TestHost): Promise<() => boolean> {
  let isWaiting = true
  void ref
    .ask<void>((reply) => ({ type: 'hand-over', reply }), 60_000)
    .then(() => {
      isWaiting = false
    })
  await world.clock.settle()
  return () => isWaiting
}

const granted = async (world: HostWorld, task = T0): Promise<void> => {
  await world.place({ [task]: 'a' })
  await world.clock.settle()
}

test('nobody waits where nobody else takes part: all of them leave, are fenced or gone', async () => {
  for (const change of ['none', 'leaves', 'fenced', 'gone'] as const) {
    const world = new HostWorld()
    const host = await started(world)
    await granted(world)
    if (change === 'leaves') await world.join('leader', { state: 'draining', isHandingOver: true })
    if (change === 'fenced') await world.wish({ fenced: ['leader'] })
    if (change === 'gone') world.gone.add('leader')
    const waits = await handedOver(world, host)
    await world.clock.advance(1500)
    assert.is(waits(), change === 'none', change)
    await world.remove(hostKey(APP, 'leader'))
    await world.clock.advance(2000)
    assert.not.ok(waits(), 'it has left')
  }
})

test('nobody waits for what keeps nothing', async () => {
  const world = new HostWorld()
  const host = await started(world)
  host.deploy('idle', [])
  await granted(world, 'idle/all/0')
  assert.equal(host.worker.take(), ['start idle/all/0'])
  assert.not.ok((await handedOver(world, host))())
})

test('nobody waits where the broker refuses the record, or does not answer within a second', async () => {
  for (const answer of ['refuses', 'is silent'] as const) {
    const world = new HostWorld()
    const host = await started(world)
    await granted(world)
    const keys = host.process.broker.keys as Mutable<Keys>
    keys.put = () =>
      answer === 'refuses' ? Promise.reject(new Error('away')) : new Promise(() => {})
    const waits = await handedOver(world, host)
    assert.is(waits(), answer === 'is silent')
    await world.clock.advance(1000)
    assert.not.ok(waits())
  }
})

test('nobody waits for a host that lost its membership, or never had it', async () => {
  const world = new HostWorld()
  const host = await started(world)
  await granted(world)
  const waits = await handedOver(world, host)
  assert.ok(waits())
  await world.join('a', { incarnation: 'another' })
  await world.clock.advance(2000)
  assert.not.ok(waits())
  const other = new HostWorld()
  await other.join('a')
  const refused = new TestHost(other)
  await other.clock.settle()
  assert.not.ok((await handedOver(other, refused))())
})

test.run()
