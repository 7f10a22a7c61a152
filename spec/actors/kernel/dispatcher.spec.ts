// Turns are fair, and the event loop has its turn between slices.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Props } from '#actors/kernel/actor'
import { World } from './world.ts'

/** Tells itself to go on, `times` times, taking `ms` for each. */
const spinner = (world: World, name: string, times: number, ms: number): Props<number> => ({
  kind: 'spinner',
  make: (self) => ({
    receive(left) {
      world.diary.push(name)
      world.clock.pass(ms)
      if (left > 1) self.ref.tell(left - 1)
    },
  }),
  ...{ times },
})

test('actors that are always busy take turns', async () => {
  const world = new World()
  for (const name of ['a', 'b', 'c']) {
    world.system.spawn(spinner(world, name, 3, 0), name).tell(3)
  }
  await world.clock.settle()
  assert.is(world.read(), 'a b c a b c a b c')
})

test('a slice ends after five milliseconds, and everything else has its turn', () => {
  const world = new World()
  world.system.spawn(spinner(world, 'a', 0, 1), 'a').tell(12)
  world.clock.defer(() => world.diary.push('loop'))
  const again = (): void => {
    world.diary.push('loop')
    if (world.diary.filter((line) => line === 'a').length < 12) world.clock.defer(again)
  }
  world.clock.defer(again)
  world.clock.runAll()
  const longest = Math.max(
    ...world
      .read()
      .split('loop')
      .map((part) => part.split('a').length - 1),
  )
  assert.is(longest, 5)
})

test('an actor that never has enough does not keep a timer from firing on the real clock', async () => {
  const { ActorSystem } = await import('#actors/kernel/system')
  const clock = {
    now: () => world.clock.now(),
    monotonic: () => performance.now(),
    after: (ms: number, fire: () => void) => {
      const timer = setTimeout(fire, ms)
      return () => clearTimeout(timer)
    },
    defer: (run: () => void) => void setImmediate(run),
  }
  const world = new World()
  const log = { log: () => {} }
  const system = new ActorSystem({ name: 's', clock, log, random: { next: () => 0 } })
  let isOver = false
  const greedy: Props<null> = {
    kind: 'greedy',
    make: (self) => ({
      receive() {
        if (!isOver) self.ref.tell(null)
      },
    }),
  }
  system.spawn(greedy).tell(null)
  // Without yielding this promise would never settle, and the spec would not end.
  await new Promise((resolve) => setTimeout(resolve, 20))
  isOver = true
  await system.stop()
})

test('an actor is told what its turns took, and nobody what those of others took', async () => {
  const world = new World()
  const each = [
    [1, 3],
    [7, 2],
    [0, 4],
  ] as const
  for (const [ms, times] of each) {
    world.system.spawn(spinner(world, `s${ms}`, times, ms), `s${ms}`).tell(times)
  }
  await world.clock.settle()
  const shown = world.system.tree().children.map(({ busyMs, taken }) => [busyMs, taken])
  assert.equal(shown, [
    [3, 3],
    [14, 2],
    [0, 4],
  ])
})

test.run()
