// Keyed timers on the actor's clock.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './world.ts'

test('a timer ticks once, in time', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.timers.once('t', 100, 'tick'))
  await world.clock.advance(99)
  assert.is(world.read(), '+a')
  await world.clock.advance(1000)
  assert.is(world.read(), 'a:tick')
})

test('arming a key again replaces it', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => {
    self.timers.once('t', 100, 'first')
    self.timers.once('t', 200, 'second')
  })
  await world.clock.advance(1000)
  assert.is(world.read(), '+a a:second')
})

test('a tick that fired before its key was cancelled is not delivered', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.timers.once('t', 100, 'tick'))
  await world.tell(ref, (self) => {
    // The timer fires while the actor is busy; then the actor changes its mind.
    world.clock.elapse(100)
    self.timers.cancel('t')
  })
  await world.clock.advance(1000)
  assert.is(world.read(), '+a')
})

test('a periodic timer ticks on until cancelled, one tick at a time', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.timers.every('t', 100, 'tick'))
  await world.clock.advance(350)
  assert.is(world.read(), '+a a:tick a:tick a:tick')
  await world.tell(ref, (self) => self.timers.cancel('t'))
  await world.clock.advance(1000)
  assert.is(world.read(), '')
  assert.is(world.clock.timers, 0)
})

test('timers end with the life that armed them', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.timers.every('t', 10, 'tick'), new Error('no'))
  await world.clock.advance(10_000)
  assert.is(world.read(), '+a -a +a')
  assert.is(world.clock.timers, 0)
})

test.run()
