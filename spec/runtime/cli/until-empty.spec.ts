// Waiting for a host to hold nothing, told what is left on the way.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostKey } from '#protocols/messages/membership'
import { untilEmpty } from '#runtime/cli/until-empty'
import { APP, codeOf, HostWorld } from '../../actors/host/host-world.ts'

const T0 = 't/a/0'

async function waiting(): Promise<{ world: HostWorld; said: string[]; end: Promise<string> }> {
  const world = new HostWorld()
  await world.wish({ draining: ['a'] })
  await world.place({ [T0]: 'a' })
  await world.join('a', { held: [T0], copies: { 't/a/1': 0 } })
  const said: string[] = []
  const end = codeOf(untilEmpty(world.broker, APP, 'a', (line) => said.push(line)))
  await world.clock.settle()
  return { world, said, end }
}

test('it ends when the host holds nothing and may run nothing, and says what is left until then', async () => {
  const { world, said, end } = await waiting()
  await world.join('a', { held: [T0], copies: {} })
  await world.clock.settle()
  await world.join('a', { held: [], copies: {} })
  await world.clock.settle()
  const left = ['1 task and 1 standby left', '1 task and 0 standbys left']
  assert.equal(said, [...left, '0 tasks and 0 standbys left'], 'it may run one still')
  await world.place({ [T0]: 'b' }, 2)
  await world.clock.settle()
  assert.is(said.at(-1), 'it holds nothing')
  assert.is(await end, 'nothing was thrown')
})

test('it ends when the host is gone', async () => {
  const { world, said, end } = await waiting()
  await world.remove(hostKey(APP, 'a'))
  await world.clock.settle()
  assert.is(await end, 'nothing was thrown')
  assert.is(said.at(-1), 'it holds nothing')
})

test('it does not wait for a host that somebody lets take part again', async () => {
  const { world, end } = await waiting()
  await world.wish({})
  await world.clock.settle()
  assert.is(await end, 'DRAIN_ENDED')
})

test.run()
