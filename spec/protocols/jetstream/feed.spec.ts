// Feeds: what is asked for at once is bounded, everybody gets a turn, and a pull that is not answered in
// full ends no reading.

import type { Msg } from 'nats'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Feed, PullBudget } from '#protocols/jetstream/feed'
import type { Link } from '#protocols/jetstream/link'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('pulls beyond the budget wait for others to end, in order', () => {
  const budget = new PullBudget(25, 10)
  const begun: number[] = []
  for (const n of [1, 2, 3, 4]) budget.take(() => begun.push(n))
  assert.equal(begun, [1, 2])
  budget.give()
  assert.equal(begun, [1, 2, 3])
  for (let i = 0; i < 3; i++) budget.give()
  assert.equal(begun, [1, 2, 3, 4])
  for (const n of [5, 6, 7]) budget.take(() => begun.push(n))
  assert.equal(begun, [1, 2, 3, 4, 5, 6])
})

test('one pull is always possible', () => {
  const begun: number[] = []
  new PullBudget(5, 10).take(() => begun.push(1))
  assert.equal(begun, [1])
})

/** A server that answers when the law says so: it has ten messages. */
class Server {
  readonly clock = new SimulatedClock()
  readonly read: number[] = []
  /** From which message each consumer was made. */
  readonly consumers: number[] = []
  /** How many messages each pull asked for. */
  readonly pulls: number[] = []
  readonly feed: Feed
  #answer: (message: Msg) => void = () => {}

  constructor() {
    const link = {
      onReturn: () => () => {},
      onClose: () => () => {},
      word: () => 'word',
      send: () => {},
      ask: async (_: string, { config }: { config: { opt_start_seq: number } }) => {
        this.consumers.push(config.opt_start_seq)
        return { name: 'consumer', num_pending: 11 - config.opt_start_seq }
      },
      listen: (_: string, answer: (message: Msg) => void) => {
        this.#answer = answer
        return { unsubscribe: () => {} }
      },
      pull: (_: string, { batch }: { batch: number }) => void this.pulls.push(batch),
    } as unknown as Link // what a feed asks of it
    const ports = { link, wire: this.clock, budget: new PullBudget(10, 10) }
    this.feed = new Feed(
      ports,
      { stream: 's', subject: 'a.*', from: 1 },
      {
        wants: () => true,
        onMessage: ({ message }) => void this.read.push(message),
        onEnd: (error) => assert.unreachable(error.message),
      },
    )
  }

  /** Delivers a message as the `nth` of its consumer. */
  say(message: number, nth: number): void {
    const reply = `$JS.ACK.s.consumer.1.${message}.${nth}.1000000000.${10 - message}`
    const data = new Uint8Array(0)
    this.#answer({ subject: 'a.0', data, reply } as Msg) // as much of it as a feed reads
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }
}

test('a pull that was answered in part, and whose end nobody tells, is asked for again in seconds', async () => {
  const server = new Server()
  await server.pass(0)
  for (const n of [1, 2, 3]) server.say(n, n)
  assert.equal(server.pulls, [10])
  await server.pass(2_500)
  assert.equal(server.pulls, [10, 7])
  for (let n = 4; n <= 10; n++) server.say(n, n)
  assert.equal(server.read, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.equal(server.consumers, [1])
})

test('what comes after its pull was given up is read once, in order', async () => {
  const server = new Server()
  await server.pass(0)
  server.say(1, 1)
  await server.pass(2_500)
  // The second and third went to the pull before.
  server.say(4, 4)
  await server.pass(0)
  assert.equal(server.consumers, [1, 2])
  for (let n = 2; n <= 10; n++) server.say(n, n - 1)
  assert.equal(server.read, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('a pull that nothing comes of gives its consumer up, and no sooner than a slow server needs', async () => {
  const server = new Server()
  await server.pass(10_000)
  assert.equal(server.consumers, [1])
  await server.pass(3_000)
  assert.equal(server.consumers, [1, 1])
})

test.run()
