// An actor's place: what senders are told, and how one life follows another.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './world.ts'

test('messages arrive one at a time, in order, never on the stack of the sender', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(
    ref,
    (self) => {
      self.ref.tell('three')
      world.diary.push('one')
    },
    'two',
  )
  assert.is(world.read(), '+a one a:two a:three')
})

test('a failure costs the message it happened at, and no other', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, 'one', new Error('no'), 'two', 'three')
  assert.is(world.read(), '+a a:one -a')
  await world.clock.advance(200)
  assert.is(world.read(), '+a a:two a:three')
  assert.is(world.system.deadLetters.counts.failed, 1)
})

test('resume goes on with the same life; a life that never began is restarted instead', async () => {
  const world = new World()
  const ref = world.puppet('a', { verdict: () => 'resume' })
  await world.tell(ref, new Error('no'), 'two')
  assert.is(world.read(), '+a a:two')
  let tries = 0
  const make = (): never => {
    tries++
    throw new Error('cannot begin')
  }
  world.system.spawn({ kind: 'x', make, verdict: () => 'resume', restart: { exceeded: 'stop' } })
  await world.clock.advance(100_000)
  assert.is(tries, 4)
})

test('a life that failed hears nothing more, not even what was on its way already', async () => {
  const world = new World()
  const ref = world.puppet('a', { verdict: () => 'stop' })
  await world.tell(ref, (self) => self.timers.once('t', 100, 'tick'))
  await world.tell(ref, () => {
    world.clock.elapse(100)
    throw new Error('no')
  })
  assert.is(world.read(), '+a -a')
})

test('the bounds of a mailbox hold while the actor waits for its next life', async () => {
  const world = new World()
  const ref = world.puppet('a', { mailbox: { control: 2 } })
  await world.tell(ref, new Error('no'))
  assert.equal(
    ['one', 'two', 'three'].map((line) => ref.tell(line)),
    ['ok', 'ok', 'full'],
  )
  await world.clock.advance(200)
  assert.is(world.read(), '+a -a +a a:one a:two')
})

test('a quarantined actor keeps its mail and waits for its release', async () => {
  const world = new World()
  const ref = world.puppet('a', { verdict: () => 'quarantine' })
  await world.tell(ref, new Error('no'), 'two')
  await world.clock.advance(1_000_000)
  assert.is(world.read(), '+a -a')
  assert.is(world.system.tree().children[0]?.state, 'quarantined')
  assert.ok(world.system.release('sys/a'))
  await world.clock.settle()
  assert.is(world.read(), '+a a:two')
})

test('an actor stopped while it waits for its next life does not begin it', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, new Error('no'))
  await world.tell(world.puppet('b'), () => void world.system.end(ref))
  await world.clock.advance(100_000)
  assert.is(world.read(), '+a -a +b')
  assert.is(ref.tell('x'), 'dead')
})

test('an actor that fails while it stops is ended without a verdict', async () => {
  const world = new World()
  const ref = world.system.spawn<string>(
    {
      kind: 'x',
      make: () => ({
        receive() {
          throw new Error('no')
        },
        stopping: () => new Promise(() => {}),
      }),
    },
    'x',
  )
  await world.clock.settle()
  const ended = world.system.end(ref)
  await world.tell(ref, 'x')
  await ended
  assert.not(world.logged.includes('ACTOR_FAILED'))
})

test('what is left in the mailbox at the end is a dead letter, and so is what comes later', async () => {
  const world = new World()
  const ref = world.puppet('a', { verdict: () => 'stop' })
  await world.tell(ref, new Error('no'), 'left')
  ref.tell('late')
  const letters = world.system.deadLetters.letters()
  assert.equal(
    letters.map(({ to, type, why }) => [to, type, why]),
    [
      ['sys/a', 'object', 'failed'],
      ['sys/a', 'string', 'left'],
      ['sys/a', 'string', 'dead'],
    ],
  )
})

test('a stopped name can be used again, and the old ref stays dead', async () => {
  const world = new World()
  const old = world.puppet('a')
  await world.tell(old, (self) => self.stop())
  const fresh = world.puppet('a')
  assert.is(old.tell('x'), 'dead')
  await world.tell(fresh, 'x')
  assert.is(world.read(), '+a ?a -a +a a:x')
  assert.throws(() => world.puppet('a'), /dead before its name is used again/)
})

test.run()
