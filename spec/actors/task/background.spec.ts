// Calls in the background of a task: each has one outcome, at a slice of the task, or none once it closed.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Background } from '#actors/task/background'
import type { Attempt, BackgroundCall, Outcome } from '#actors/topology/node'
import { isMillraceError } from '#protocols/core/errors'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

class World {
  readonly clock = new SimulatedClock()
  readonly attempts: Attempt[] = []
  readonly outcomes: Outcome<string>[] = []
  readonly skips = new Set<number>()
  rings = 0
  /** What the next attempts do: answer, fail, or, when there is nothing more, nothing ever. */
  readonly script: (string | Error)[] = []
  readonly background = new Background(this.clock, {
    onOutcome: () => this.rings++,
    isSkipped: ({ offset }) => this.skips.delete(offset),
  })

  async start(offset: number, call: Partial<BackgroundCall<string>> = {}): Promise<void> {
    this.background.start<string>({
      record: { topic: 'in', partition: 0, offset, headers: () => [] },
      run: (attempt) => this.#answer(attempt),
      done: (outcome) => this.outcomes.push(outcome),
      ...{ timeoutMs: 100, retriesMax: 0, backoffMs: 10 },
      ...call,
    })
    await this.clock.settle()
  }

  #answer(attempt: Attempt): Promise<string> {
    this.attempts.push(attempt)
    const answer = this.script.shift()
    if (answer === undefined) return new Promise(() => {})
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
}

test('an outcome rings at once, and is taken when it is delivered, once', async () => {
  const world = new World()
  world.script.push('yes')
  await world.start(0)
  assert.is(world.rings, 1)
  assert.equal(world.outcomes, [])
  assert.is(world.background.deliver(), 1)
  assert.equal(world.outcomes, [{ kind: 'value', value: 'yes' }])
  assert.is(world.background.deliver(), 0)
  assert.is(world.clock.timers, 0)
})

test('what throws instead of answering has failed like what rejects', async () => {
  const world = new World()
  await world.start(0, {
    run: () => {
      throw new Error('at once')
    },
  })
  world.background.deliver()
  const [outcome] = world.outcomes
  assert.is(outcome?.kind === 'failed' && outcome.error.message, 'at once')
})

test('attempts are counted from 1; the last failure is the outcome', async () => {
  const world = new World()
  world.script.push(new Error('one'), new Error('two'))
  await world.start(0, { retriesMax: 2 })
  await world.clock.advance(10)
  await world.clock.advance(20)
  await world.clock.advance(100)
  world.background.deliver()
  assert.equal(
    world.attempts.map(({ number }) => number),
    [1, 2, 3],
  )
  const [outcome] = world.outcomes
  assert.is(outcome?.kind === 'failed' && outcome.attempts, 3)
  assert.ok(outcome?.kind === 'failed' && isMillraceError(outcome.error, 'CALL_TIMED_OUT'))
})

test('waits grow to a minute and no longer', async () => {
  const world = new World()
  world.script.push(...Array.from({ length: 12 }, (_, n) => new Error(String(n))))
  await world.start(0, { retriesMax: 20, backoffMs: 1000 })
  const before = (2 ** 6 - 1) * 1000
  await world.clock.advance(before)
  assert.is(world.attempts.length, 7)
  await world.clock.advance(60_000)
  assert.is(world.attempts.length, 8)
  await world.clock.advance(60_000)
  assert.is(world.attempts.length, 9)
})

test('a record that is to be passed over is not called about', async () => {
  const world = new World()
  world.skips.add(7)
  await world.start(7)
  world.background.deliver()
  assert.equal(world.outcomes, [{ kind: 'skipped' }])
  assert.is(world.attempts.length, 0)
})

test('the record whose outcome could not be taken is known', async () => {
  const world = new World()
  world.script.push('yes', 'yes')
  const refuse = (): void => {
    throw new Error('downstream')
  }
  await world.start(4)
  await world.start(5, { done: refuse })
  assert.throws(() => world.background.deliver(), 'downstream')
  assert.equal(world.background.poison, { topic: 'in', partition: 0, offset: 5 })
})

test('after the end nothing rings, nothing is delivered, no timer is left and attempts are aborted', async () => {
  const world = new World()
  let answer: (value: string) => void = () => {}
  world.script.push('waits to be delivered', new Error('waits to be repeated'))
  await world.start(0)
  await world.start(1, { retriesMax: 1 })
  await world.start(2)
  await world.start(3, {
    run: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  assert.is(world.rings, 1)
  world.background.close()
  assert.is(world.attempts[2]?.signal.aborted, true)
  answer('late')
  await world.start(4)
  await world.clock.advance(1000)
  assert.is(world.rings, 1)
  assert.is(world.background.deliver(), 0)
  assert.equal(world.outcomes, [])
  assert.is(world.clock.timers, 0)
})

test.run()
