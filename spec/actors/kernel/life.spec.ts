// What belongs to one life of an actor, and ends with it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { World } from './world.ts'

test('the outcome of a piped promise comes back as a message', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => {
    self.pipe(Promise.resolve(1), (value) => `got ${value}`, String)
    self.pipe(Promise.reject(new Error('no')), String, (error) => `failed ${error.message}`)
  })
  assert.is(world.read(), '+a a:got 1 a:failed no')
})

test('what an earlier life piped is not heard by the next one', async () => {
  const world = new World()
  const ref = world.puppet('a')
  let finish = (_value: string): void => {}
  const promise = new Promise<string>((resolve) => {
    finish = resolve
  })
  await world.tell(ref, (self) => self.pipe(promise, (value) => value, String))
  await world.tell(ref, new Error('no'))
  await world.clock.advance(1000)
  finish('late')
  await world.clock.settle()
  assert.is(world.read(), '+a -a +a')
})

test('what a pipe makes of its outcome fails the actor when it throws', async () => {
  const world = new World()
  const ref = world.puppet('a')
  const broken = (): string => {
    throw new Error('no')
  }
  await world.tell(ref, (self) => self.pipe(Promise.resolve(1), broken, String))
  await world.clock.advance(1000)
  assert.is(world.read(), '+a -a +a')
})

test('a posted message is not refused by a full mailbox', async () => {
  const world = new World()
  const ref = world.puppet('a', { mailbox: { control: 1 } })
  await world.tell(ref, (self) => {
    assert.is(self.ref.tell('one'), 'ok')
    assert.is(self.ref.tell('two'), 'full')
    self.post('three')
  })
  assert.is(world.read(), '+a a:three a:one')
})

test('a death is told exactly once, with its reason', async () => {
  const world = new World()
  const watcher = world.puppet('w')
  const quiet = world.puppet('q')
  const loud = world.puppet('l', { verdict: () => 'stop' })
  await world.tell(watcher, (self) => {
    self.watch(quiet, (why) => `q ${why}`)
    self.watch(loud, (why) => `l ${why}`)
  })
  world.read()
  await world.tell(loud, new Error('no'))
  await world.tell(quiet, (self) => self.stop())
  await world.clock.advance(10_000)
  assert.is(world.read(), '-l w:l failed ?q -q w:q stopped')
})

test('watching the dead answers soon, never on the stack of the caller', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.stop())
  world.read()
  await world.tell(world.puppet('w'), (self) => {
    self.watch(ref, (why) => `a ${why}`)
    world.diary.push('watching')
  })
  assert.is(world.read(), '+w watching w:a stopped')
})

test('what is no longer watched dies unheard, even when it is dead already', async () => {
  const world = new World()
  const ref = world.puppet('a')
  await world.tell(ref, (self) => self.stop())
  world.read()
  await world.tell(world.puppet('w'), (self) => self.watch(ref, () => 'heard')())
  assert.is(world.read(), '+w')
})

test('children end before their parent closes what it opened', async () => {
  const world = new World()
  const ref = world.puppet('p')
  await world.tell(ref, (self) => {
    self.spawn(world.props('c'), 'c')
    self.spawn(world.props('d'), 'd')
  })
  await world.tell(ref, (self) => self.stop())
  assert.is(world.read(), '+p +c +d ?p ?d ?c -d -c -p')
})

test('while it is stopping an actor still receives, and its children live', async () => {
  const world = new World()
  const ref = world.system.spawn<string>(
    {
      kind: 'slow',
      make: (self) => {
        const child = self.spawn(world.props('c'), 'c')
        let finish = (): void => {}
        return {
          receive(message) {
            world.diary.push(message)
            child.tell(message)
            self.timers.once('end', 10, 'end')
            if (message === 'end') finish()
          },
          stopping: () =>
            new Promise((resolve) => {
              finish = resolve
            }),
        }
      },
    },
    's',
  )
  await world.clock.settle()
  void world.system.end(ref)
  await world.clock.settle()
  await world.tell(ref, 'more')
  await world.clock.advance(10)
  assert.match(world.read(), /^\+c more c:more end .*-c$/)
  assert.is(ref.tell('late'), 'dead')
})

test('an actor that does not come to its end is ended at its deadline', async () => {
  const world = new World()
  const ref = world.system.spawn<string>({
    kind: 'stuck',
    make: (self) => {
      self.scope.defer('s', () => void world.diary.push('closed'))
      return { receive() {}, stopping: () => new Promise(() => {}) }
    },
    shutdownMs: 1000,
  })
  await world.clock.settle()
  void world.system.end(ref)
  await world.clock.advance(999)
  assert.is(world.read(), '')
  await world.clock.advance(1)
  assert.is(world.read(), 'closed')
  assert.ok(world.logged.includes('ACTOR_STOP_FAILED'))
})

test.run()
