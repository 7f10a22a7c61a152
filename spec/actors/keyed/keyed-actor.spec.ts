// Keyed actors on the whole runtime: state, timers, mail between actors, asks, behaviors, and keys that
// fail while others flow; through kills, once each.

import { type ActorDefinition, actor, serde } from 'millrace'
import { testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

interface Deposit {
  readonly amount: number
}

const account = actor('account', {
  message: serde.json<Deposit>(),
  state: serde.json<{ balance: number }>(),
  reply: serde.double(),
  initial: () => ({ balance: 0 }),
  receive({ amount }, self) {
    if (amount < 0) self.state.balance += amount
    if (self.state.balance < 0) throw new Error('overdrawn')
    if (amount > 0) self.state = { balance: self.state.balance + amount }
    self.reply(self.state.balance)
  },
})

test('an actor keeps its state, key by key, and answers who asks', async () => {
  await using t = await testkit(account)
  assert.is(await t.actor(account, 'ann').ask({ amount: 5 }), 5)
  assert.is(await t.actor(account, 'bob').ask({ amount: 1 }), 1)
  assert.is(await t.actor(account, 'ann').ask({ amount: 2 }), 7)
})

test('a message that failed did nothing; its key waits in order, other keys flow', async () => {
  await using t = await testkit(account)
  await t.actor(account, 'ann').tell({ amount: 5 })
  await t.actor(account, 'ann').tell({ amount: -9 })
  await t.actor(account, 'ann').tell({ amount: 1 })
  await t.actor(account, 'ann').tell({ amount: 2 })
  assert.is(await t.actor(account, 'bob').ask({ amount: 3 }), 3)
  const held = await t
    .store<string, { error: string; waiting: number }>('account.quarantine')
    .range()
  assert.equal(
    held.map(([key, { error, waiting }]) => [key, error, waiting]),
    [['ann', 'overdrawn', 2]],
  )
  await t.order(account, 'ann', 'skip')
  await t.settle()
  assert.is(await t.actor(account, 'ann').ask({ amount: 1 }), 9)
  assert.equal(await t.store('account.quarantine').range(), [])
})

test('retry begins with the message that failed and stops where it fails again', async () => {
  let isBroken = true
  const seen: string[] = []
  const fragile = actor('fragile', {
    message: serde.string(),
    state: serde.json<string[]>(),
    initial: () => [],
    receive(message, self) {
      if (message === 'bad' && isBroken) throw new Error('not yet')
      self.state.push(message)
      seen.push(message)
    },
  })
  await using t = await testkit(fragile)
  for (const message of ['a', 'bad', 'b', 'c']) await t.actor(fragile, 'k').tell(message)
  await t.order(fragile, 'k', 'retry')
  await t.settle()
  assert.equal(seen, ['a'])
  isBroken = false
  await t.order(fragile, 'k', 'retry')
  await t.settle()
  assert.equal(seen, ['a', 'bad', 'b', 'c'])
})

test('an ask of an actor that fails is told why, one that is not answered times out', async () => {
  await using t = await testkit(account)
  const fails = await t
    .actor(account, 'ann')
    .ask({ amount: -1 })
    .catch((error: Error) => error.message)
  assert.match(String(fails), "actor 'account' failed at the message: overdrawn")
  const waits = await t
    .actor(account, 'ann')
    .ask({ amount: 1 })
    .catch((error: Error) => error.message)
  assert.match(String(waits), 'did not answer within 5000 ms')
})

const door = actor('door', {
  message: serde.string(),
  state: serde.json<{ opened: number }>(),
  reply: serde.string(),
  initial: () => ({ opened: 0 }),
  first: 'closed',
  behaviors: {
    closed(message, self) {
      if (message !== 'open') return self.reply('closed')
      self.state.opened++
      self.become('open')
      self.timer('close', 1000, 'close')
      self.reply('opened')
    },
    open(message, self) {
      if (message === 'close') self.become('closed')
      if (message === 'hold') self.timer('close', 5000, 'close')
      if (message === 'wedge') self.cancel('close')
      self.reply(`open, ${self.state.opened}`)
    },
  },
})

test('an actor becomes another, and its timer brings it back by the clock', async () => {
  await using t = await testkit(door)
  const front = t.actor(door, 'front')
  assert.is(await front.ask('open'), 'opened')
  assert.is(await front.ask('?'), 'open, 1')
  await t.advance(999)
  assert.is(await front.ask('?'), 'open, 1')
  await t.advance(1)
  assert.is(await front.ask('?'), 'closed')
})

test('a timer set again is moved, one cancelled never comes', async () => {
  await using t = await testkit(door)
  const front = t.actor(door, 'front')
  await front.ask('open')
  await front.ask('hold')
  await t.advance(4000)
  assert.is(await front.ask('?'), 'open, 1')
  await t.advance(1000)
  assert.is(await front.ask('?'), 'closed')
  await front.ask('open')
  await front.ask('wedge')
  await t.advance(100_000)
  assert.is(await front.ask('?'), 'open, 2')
})

test('timers and behaviors survive a kill', async () => {
  await using t = await testkit(door)
  await t.actor(door, 'front').ask('open')
  t.kill('host-1')
  await t.start('host-1')
  assert.is(await t.actor(door, 'front').ask('?'), 'open, 1')
  await t.advance(2000)
  assert.is(await t.actor(door, 'front').ask('?'), 'closed')
})

interface Hop {
  readonly left: number
}

const ping = actor('ping', {
  message: serde.json<Hop>(),
  state: serde.int32(),
  reply: serde.int32(),
  initial: () => 0,
  sends: () => [pong],
  receive({ left }, self) {
    self.state++
    if (left > 0) self.send(pong, self.key, { left: left - 1 })
    self.reply(self.state)
  },
})

const pong: ActorDefinition<string, Hop, number> = actor('pong', {
  message: serde.json<Hop>(),
  state: serde.int32(),
  reply: serde.int32(),
  initial: () => 0,
  sends: () => [ping],
  receive({ left }, self) {
    self.state++
    if (left > 0) self.send(ping, self.key, { left: left - 1 })
    self.reply(self.state)
  },
})

test('actors send to one another exactly once, whatever is killed on the way', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await using t = await testkit([ping, pong], { hosts: 2, partitions: 2, seed })
    await t.advance(10_000)
    for (const key of ['a', 'b', 'c']) await t.actor(ping, key).tell({ left: 20 })
    for (let step = 0; step < seed * 20; step++) {
      t.clock.runOne()
      await Promise.resolve()
    }
    t.kill('host-1')
    await t.advance(30_000)
    for (const key of ['a', 'b', 'c']) {
      assert.is(await t.actor(ping, key).ask({ left: 0 }), 12, `ping ${key}, seed ${seed}`)
      assert.is(await t.actor(pong, key).ask({ left: 0 }), 11, `pong ${key}, seed ${seed}`)
    }
  }
})

test('an actor that stops begins anew', async () => {
  const once = actor('once', {
    message: serde.string(),
    state: serde.int32(),
    reply: serde.int32(),
    initial: () => 0,
    receive(message, self) {
      self.state++
      self.timer('tick', 10, 'tick')
      if (message === 'stop') self.stop()
      self.reply(self.state)
    },
  })
  await using t = await testkit(once)
  assert.is(await t.actor(once, 'k').ask('x'), 1)
  assert.is(await t.actor(once, 'k').ask('stop'), 2)
  await t.advance(1000)
  assert.is(await t.actor(once, 'k').ask('x'), 1)
})

test.run()
