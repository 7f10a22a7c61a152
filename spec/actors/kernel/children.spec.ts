// Supervision: which verdict moves whom.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActorRef } from '#actors/kernel/actor'
import type { Strategy, Verdict } from '#actors/kernel/strategy'
import { type Order, World } from './world.ts'

/** One thing that happens to one of six actors. */
interface Step {
  readonly who: number
  readonly what: 'fail' | 'stop' | 'tell' | 'release' | 'wait'
  readonly verdict: Verdict
}

async function three(strategy: Strategy): Promise<{ world: World; refs: ActorRef<Order>[] }> {
  const world = new World(strategy)
  const refs = ['a', 'b', 'c'].map((name) => world.puppet(name))
  await world.clock.settle()
  world.read()
  return { world, refs }
}

async function failSecond(strategy: Strategy): Promise<string> {
  const { world, refs } = await three(strategy)
  refs[1]?.tell(new Error('no'))
  await world.clock.advance(1000)
  return world.read()
}

test('one-for-one restarts the failed child alone', async () => {
  assert.is(await failSecond('one-for-one'), '-b +b')
})

test('rest-for-one also restarts those started later, newest ended first, oldest begun first', async () => {
  assert.is(await failSecond('rest-for-one'), '-b ?c -c +b +c')
})

test('one-for-all restarts everyone in the same order', async () => {
  assert.is(await failSecond('one-for-all'), '-b ?c -c ?a -a +a +b +c')
})

test('two failures in one group restart it once after the other', async () => {
  const { world, refs } = await three('one-for-all')
  refs[0]?.tell(new Error('no'))
  refs[2]?.tell(new Error('no'))
  await world.clock.advance(10_000)
  const states = world.system.tree().children.map(({ state }) => state)
  assert.equal(states, ['running', 'running', 'running'])
})

test('too many restarts escalate: the parent ends its other children and begins anew', async () => {
  const world = new World()
  const parent = world.puppet('p')
  let child: ActorRef<Order> | undefined
  await world.tell(parent, (self) => {
    const restart = { max: 1, backoffMinMs: 10 }
    child = self.spawn(world.props('c', { restart }), 'c')
    self.spawn(world.props('d'), 'd')
  })
  await world.tell(child as ActorRef<Order>, new Error('one')) // set above
  await world.clock.advance(10)
  world.read()
  await world.tell(child as ActorRef<Order>, new Error('two')) // set above
  await world.clock.advance(1000)
  assert.match(world.read(), /^(-c|\?d|-d| )+ -p \+p$/)
  assert.is(world.system.tree().children[0]?.restarts, 1)
})

test('a failure nobody answers for ends the system and is told', async () => {
  const world = new World()
  const ref = world.puppet('a', { verdict: () => 'escalate' })
  world.puppet('b')
  await world.tell(ref, new Error('no'))
  assert.equal(world.read().split(' ').sort(), ['+a', '+b', '-a', '-b', '?b'])
  assert.equal(
    world.fatal.map(({ message }) => message),
    ['no'],
  )
  assert.is(world.system.tree().state, 'stopped')
})

test('whatever fails and whoever is told to end, the system comes to rest and then to its end', async () => {
  const verdict = fc.constantFrom<Verdict>('resume', 'restart', 'stop', 'quarantine')
  const step: fc.Arbitrary<Step> = fc.record({
    who: fc.nat({ max: 5 }),
    what: fc.constantFrom<Step['what']>('fail', 'stop', 'tell', 'release', 'wait'),
    verdict,
  })
  const strategy = fc.constantFrom<Strategy>('one-for-one', 'one-for-all', 'rest-for-one')
  const run = async (strategy: Strategy, steps: readonly Step[]) => {
    const world = new World(strategy)
    let next: Verdict = 'restart'
    const props = { verdict: () => next, restart: { exceeded: 'quarantine' } } as const
    const refs = Array.from({ length: 6 }, (_, i) => world.puppet(`p${i}`, props))
    for (const { who, what, verdict } of steps) {
      next = verdict
      const ref = refs[who] as ActorRef<Order> // six of them
      if (what === 'fail') ref.tell(new Error('no'))
      if (what === 'stop') ref.tell((self) => self.stop())
      if (what === 'tell') ref.tell('hello')
      if (what === 'release') world.system.release(ref.path)
      if (what === 'wait') await world.clock.advance(150)
    }
    await world.clock.advance(10_000_000)
    for (const { state, control } of world.system.tree().children) {
      assert.match(state, /running|quarantined/)
      if (state === 'running') assert.is(control, 0)
    }
    const stopped = world.system.stop()
    await world.clock.advance(10_000)
    await stopped
    assert.equal(world.system.tree().children, [])
    assert.is(world.clock.timers, 0)
    const lives = world.diary.filter((line) => line.startsWith('+')).length
    assert.is(
      world.diary.filter((line) => line.startsWith('-')).length,
      lives,
      'every scope closes',
    )
  }
  await fc.assert(fc.asyncProperty(strategy, fc.array(step, { maxLength: 30 }), run), {
    numRuns: 150,
  })
})

test.run()
