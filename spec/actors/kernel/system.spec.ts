// The whole: finding actors, the picture of the tree, and its end.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './world.ts'

test('actors are found by their path while they live', async () => {
  const world = new World()
  const parent = world.puppet('p')
  await world.tell(parent, (self) => self.spawn(world.props('c'), 'c'))
  assert.is(world.system.find('sys/p'), parent)
  assert.is(world.system.find('sys/p/c')?.path, 'sys/p/c')
  assert.is(world.system.find('sys/p/x'), null)
  assert.is(world.system.find('other/p'), null)
  await world.tell(parent, (self) => self.stop())
  assert.is(world.system.find('sys/p'), null)
})

test('the tree shows states, waiting messages, restarts, the last error and what actors say', async () => {
  const world = new World()
  const parent = world.puppet('p')
  await world.tell(parent, (self) => {
    const description = { state: 'dreaming', note: 'of sheep' }
    self.spawn({ kind: 'quiet', make: () => ({ receive() {}, describe: () => description }) })
  })
  const broken = world.puppet('b')
  await world.tell(broken, new Error('no'))
  broken.tell('one')
  broken.tell('two', 'data')
  const [first, second] = world.system.tree().children
  const child = first?.children[0]
  assert.equal([child?.path, child?.status, child?.note], ['sys/p/quiet-1', 'dreaming', 'of sheep'])
  const seen = [second?.state, second?.control, second?.data, second?.restarts]
  assert.equal(seen, ['backoff', 1, 1, 1])
  assert.is(second?.lastError?.message, 'no')
})

test('stopping ends everything, twice over, and resolves when all are dead', async () => {
  const world = new World()
  const parent = world.puppet('p')
  await world.tell(parent, (self) => self.spawn(world.props('c'), 'c'))
  const both = Promise.all([world.system.stop(), world.system.stop()])
  await world.clock.settle()
  await both
  assert.is(world.read(), '+p +c ?p ?c -c -p')
  assert.is(world.system.tree().state, 'stopped')
})

test.run()
