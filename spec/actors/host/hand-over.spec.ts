// A host that hands over what it runs before it leaves.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf, HostWorld } from './host-world.ts'
import { started, T0, T1 } from './test-host.ts'

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

test.run()
