// What followers see of actors, what they do not, and that nobody who does not follow costs anything.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Behavior, Props, Self } from '#actors/kernel/actor'
import type { TraceReading } from '#actors/kernel/trace'
import { World } from './world.ts'

type Message =
  | { readonly type: 'turn'; readonly to: string }
  | { readonly type: 'wrapped'; readonly event: { readonly type: 'DONE' } }
  | { readonly type: 'break' }
  | { readonly type: 'tell' }

class Turner implements Behavior<Message> {
  static described = 0
  static told = 0
  readonly #self: Self<Message>
  #state = 'calm'

  constructor(self: Self<Message>) {
    this.#self = self
  }

  receive(message: Message): void {
    if (message.type === 'turn') this.#state = message.to
    if (message.type === 'break') throw new Error('broken')
    if (message.type !== 'tell') return
    this.#self.trace('commit', () => {
      Turner.told++
      return { records: 3 }
    })
  }

  describe(): { state: string } {
    Turner.described++
    return { state: this.#state }
  }
}

const turner: Props<Message> = { kind: 'turner', make: (self) => new Turner(self) }

async function started() {
  const world = new World()
  const refs = [world.system.spawn(turner, 'a'), world.system.spawn(turner, 'b')] as const
  await world.clock.settle()
  const read = (of: string, { follower = 'f', sample = 1 } = {}): TraceReading =>
    world.system.trace({ follower, of, sample })
  return { world, refs, read }
}

const turn = (to: string): Message => ({ type: 'turn', to })

test('a message is a step: what it was, where the actor was before and after, what waited', async () => {
  const { world, refs, read } = await started()
  assert.equal(read('a'), { steps: [], lost: 0 })
  const [a, b] = refs
  a.tell(turn('busy'))
  a.tell({ type: 'wrapped', event: { type: 'DONE' } })
  b.tell(turn('busy'))
  await world.clock.settle()
  const { steps } = read('a')
  assert.equal(
    steps.map(({ actor, kind, type, from, to, waiting }) => [actor, kind, type, from, to, waiting]),
    [
      ['sys/a', 'message', 'turn', 'calm', 'busy', 1],
      ['sys/a', 'message', 'wrapped DONE', 'busy', 'busy', 0],
    ],
  )
  assert.ok(steps.every(({ ms }) => ms !== null && ms >= 0))
  assert.equal(read('a').steps, [])
})

test('what an actor tells of itself, and how the kernel moves it on, are steps too', async () => {
  const { world, refs, read } = await started()
  read('sys')
  await world.tell(refs[0], { type: 'tell' }, { type: 'break' })
  await world.clock.advance(60_000)
  const { steps } = read('sys', { follower: 'late' })
  assert.equal(steps, [], 'another follower begins with nothing')
  const seen = read('sys').steps.map(({ kind, type, to, facts }) => [kind, type ?? to, facts])
  assert.equal(seen, [], 'a follower that was silent for a minute was forgotten')

  await world.tell(refs[0], { type: 'tell' }, { type: 'break' })
  await world.clock.advance(1000)
  assert.equal(
    read('sys').steps.map(({ kind, type, to, facts }) => [kind, type ?? to, facts]),
    [
      ['commit', 'calm', { records: 3 }],
      ['message', 'tell', {}],
      ['message', 'break', {}],
      ['life', 'backoff', {}],
      ['life', 'starting', {}],
      ['life', 'running', {}],
    ],
  )
})

test('of messages that change no state one in so many is kept; every other step is', async () => {
  const { world, refs, read } = await started()
  read('a', { sample: 10 })
  const same = Array.from({ length: 40 }, () => turn('calm'))
  await world.tell(refs[0], ...same, turn('busy'))
  assert.equal(
    read('a', { sample: 10 }).steps.map(({ to }) => to),
    ['calm', 'calm', 'calm', 'calm', 'busy'],
  )
})

test('what is not fetched is bounded, and what was left out is counted', async () => {
  const { world, refs, read } = await started()
  read('a')
  for (let n = 0; n < 3; n++) {
    const some = Array.from({ length: 500 }, () => turn('calm'))
    await world.tell(refs[0], ...some)
  }
  const { steps, lost } = read('a')
  assert.equal([steps.length, lost], [1000, 500])
  assert.equal(read('a').lost, 0)
})

test('while nobody follows, nobody is looked at: before, after a silence, and beside those who are', async () => {
  const { world, refs, read } = await started()
  const [a, b] = refs
  Turner.described = 0
  Turner.told = 0
  await world.tell(a, turn('x'), { type: 'tell' })
  assert.equal([Turner.described, Turner.told], [0, 0])
  read('a')
  await world.tell(b, turn('x'), { type: 'tell' })
  assert.equal([Turner.described, Turner.told], [0, 0])
  await world.tell(a, { type: 'tell' })
  assert.equal([Turner.described, Turner.told], [3, 1])
  await world.clock.advance(10_001)
  await world.tell(a, turn('x'), { type: 'tell' })
  assert.equal([Turner.described, Turner.told], [3, 1])
})

test('so many follow at a time and no more; who left makes room', async () => {
  const { world, read } = await started()
  for (let n = 0; n < 16; n++) read('a', { follower: String(n) })
  assert.throws(() => read('a', { follower: 'one more' }), /FOLLOWERS_TOO_MANY|16 traces/)
  assert.equal(read('a', { follower: '3' }).steps, [])
  await world.clock.advance(10_001)
  assert.equal(read('a', { follower: 'one more' }).steps, [])
})

test.run()
