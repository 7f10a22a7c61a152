// A machine as a behavior: its events are messages, its delays durable timers, its snapshot the state.

import { actor, isMillraceError, serde, topic, topology } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assign, cancel, emit, raise, sendTo, setup } from 'xstate'

type Told = { type: 'coin'; paid: number } | { type: 'push' } | { type: 'shut' } | { type: 'nag' }

const door = setup({
  types: {
    context: {} as { owner: string; paid: number },
    events: {} as Told,
    emitted: {} as { type: 'opened'; paid: number } | { type: 'nagged' },
    input: {} as { key: string },
  },
  actions: { ring: () => {} },
}).createMachine({
  context: ({ input }) => ({ owner: input.key, paid: 0 }),
  initial: 'closed',
  states: {
    closed: {
      on: {
        coin: {
          target: 'open',
          actions: [
            assign({ paid: ({ context, event }) => context.paid + event.paid }),
            emit(({ context }) => ({ type: 'opened', paid: context.paid })),
            raise({ type: 'nag' }, { delay: 100, id: 'nagging' }),
            'ring',
          ],
        },
      },
    },
    open: {
      after: { 1000: 'closed' },
      on: {
        push: { target: 'closed', actions: cancel('nagging') },
        nag: { actions: emit({ type: 'nagged' }) },
        shut: 'over',
      },
    },
    over: { type: 'final' },
  },
})

const doors = actor('doors', { machine: door })

test('an event is one transition, and the answer is where the machine is', async () => {
  await using t = await testkit(doors)
  const front = t.actor(doors, 'front')
  assert.equal(await front.ask({ type: 'push' }), {
    ...{ status: 'active', value: 'closed' },
    context: { owner: 'front', paid: 0 },
  })
  const { value, context } = await front.ask({ type: 'coin', paid: 2 })
  assert.equal([value, context.paid], ['open', 2])
  assert.is((await t.actor(doors, 'back').ask({ type: 'push' })).context.owner, 'back')
})

test('after and delayed events are timers that survive a crash', async () => {
  await using t = await testkit(doors)
  await t.actor(doors, 'front').tell({ type: 'coin', paid: 1 })
  t.kill('host-1')
  await t.start('host-1')
  await t.advance(60_000)
  const { value } = await t.actor(doors, 'front').ask({ type: 'nag' })
  assert.is(value, 'closed')
})

test('what a state leaves behind is cancelled', async () => {
  const told: string[] = []
  const heard = actor('heard', {
    machine: door,
    actions: { ring: (self) => void told.push(self.key) },
    answer: ({ value }) => String(value),
    reply: serde.string(),
  })
  await using t = await testkit(heard)
  const front = t.actor(heard, 'front')
  assert.is(await front.ask({ type: 'coin', paid: 1 }), 'open')
  await front.tell({ type: 'push' })
  await t.advance(500)
  // The first round's `after` and `nag` are gone: only those of the second count.
  assert.is(await front.ask({ type: 'coin', paid: 1 }), 'open')
  await t.advance(600)
  assert.is(await front.ask({ type: 'nag' }), 'open')
  assert.equal(told, ['front', 'front'])
})

test('what a machine emits is what its actor emits', async () => {
  const news = topic('news', { key: serde.string(), value: serde.string() })
  const hearing = topology('hearing', (t) => {
    t.emitted(doors)
      .mapValues(({ type }) => type)
      .to(news)
  })
  await using t = await testkit([doors, hearing])
  await t.actor(doors, 'front').tell({ type: 'coin', paid: 3 })
  await t.advance(150)
  assert.equal(t.topic(news).takeValues(), [
    ['front', 'opened'],
    ['front', 'nagged'],
  ])
})

test('a machine that came to its end stays there', async () => {
  await using t = await testkit(doors)
  const front = t.actor(doors, 'front')
  await front.tell({ type: 'coin', paid: 1 })
  assert.is((await front.ask({ type: 'shut' })).status, 'done')
  assert.is((await front.ask({ type: 'coin', paid: 1 })).status, 'done')
})

test('an action that throws quarantines its key, which goes on from where it was', async () => {
  let isBroken = true
  const picky = actor('picky', {
    machine: door,
    actions: {
      ring() {
        if (isBroken) throw new Error('no bell')
      },
    },
  })
  await using t = await testkit(picky)
  const front = t.actor(picky, 'front')
  const failed = await front.ask({ type: 'coin', paid: 1 }).catch((error: unknown) => error)
  assert.ok(isMillraceError(failed, 'ACTOR_FAILED'))
  isBroken = false
  await t.order(picky, 'front', 'retry')
  assert.is((await front.ask({ type: 'nag' })).value, 'open')
})

test('a machine that invokes, or sends to actors of xstate, is refused', async () => {
  const invoking = setup({ actors: { door } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { src: 'door', input: { key: 'k' } } } },
  })
  assert.throws(
    () => actor('invoking', { machine: invoking }),
    (error: unknown) => isMillraceError(error, 'ACTOR_INVALID'),
  )
  const sending = setup({ types: { events: {} as { type: 'go' } } }).createMachine({
    on: { go: { actions: sendTo(({ self }) => self, { type: 'go' }) } },
  })
  const sender = actor('sender', { machine: sending })
  await using t = await testkit(sender)
  const failed = await t
    .actor(sender, 'a')
    .ask({ type: 'go' })
    .catch((error: unknown) => error)
  assert.match(String(failed), /no children to reach by xstate.sendTo/)
})

test.run()
