// Time that is turned by hand.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '#runtime/testkit/seeded-random'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('nothing happens until time is moved, and then in the order of its time', async () => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  clock.after(20, () => seen.push('b'))
  clock.after(10, () => seen.push('a'))
  clock.after(20, () => seen.push('c'))
  await clock.settle()
  assert.equal(seen, [])
  await clock.advance(19)
  assert.equal(seen, ['a'])
  await clock.advance(1)
  assert.equal(seen, ['a', 'b', 'c'])
  assert.is(clock.timers, 0)
})

test('a timer finds the clock at its time, and what it arms on the way fires too', async () => {
  const clock = new SimulatedClock()
  const at: number[] = []
  const again = (): void => {
    at.push(clock.monotonic())
    if (at.length < 5) clock.after(10, again)
  }
  clock.after(10, again)
  await clock.advance(35)
  assert.equal(at, [10, 20, 30])
  assert.is(clock.monotonic(), 35)
  assert.is(clock.now(), 1_700_000_000_035)
})

test('a cancelled timer never fires', async () => {
  const clock = new SimulatedClock()
  let fired = 0
  const cancel = clock.after(10, () => fired++)
  cancel()
  cancel()
  await clock.advance(100)
  assert.is(fired, 0)
})

test('timers fire once, by time and then by making, however time is moved', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 30 })
  const steps = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(delays, steps, async (list, moves) => {
      const clock = new SimulatedClock()
      const fired: number[] = []
      list.forEach((ms, n) => {
        clock.after(ms, () => fired.push(n))
      })
      for (const ms of moves) await clock.advance(ms)
      const end = clock.monotonic()
      const expected = list
        .map((ms, n) => ({ ms, n }))
        .filter(({ ms }) => moves.length > 0 && ms <= end)
        .sort((a, b) => a.ms - b.ms || a.n - b.n)
      assert.equal(
        fired,
        expected.map(({ n }) => n),
      )
    }),
    { numRuns: 50 },
  )
})

test('deferred work runs in order; with chance, in an order that the seed decides', async () => {
  const run = async (seed: number | null): Promise<number[]> => {
    const clock = new SimulatedClock(seed === null ? null : seededRandom(seed))
    const seen: number[] = []
    for (let n = 0; n < 20; n++) clock.defer(() => seen.push(n))
    await clock.settle()
    return seen
  }
  const order = Array.from({ length: 20 }, (_, n) => n)
  assert.equal(await run(null), order)
  assert.equal(await run(7), await run(7))
  assert.not.equal(await run(7), order)
  assert.equal(
    (await run(7)).sort((a, b) => a - b),
    order,
  )
})

test('settling waits for promises that defer more', async () => {
  const clock = new SimulatedClock()
  let isDone = false
  clock.defer(() => {
    void Promise.resolve()
      .then(() => new Promise<void>((resolve) => clock.defer(resolve)))
      .then(() => {
        isDone = true
      })
  })
  await clock.settle()
  assert.ok(isDone)
})

test('a promise that waits for the machine, and then for what is deferred, is waited for', async () => {
  const clock = new SimulatedClock()
  const real = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
  const deferred = (): Promise<void> => new Promise((resolve) => clock.defer(resolve))
  let isDone = false
  const promise = real()
    .then(deferred)
    .then(real)
    .then(deferred)
    .then(() => {
      isDone = true
    })
  await clock.settleUntil(promise)
  assert.ok(isDone)
  await clock.settleUntil(Promise.reject(new Error('is over as well')))
})

test('nothing of a killed process happens any more', async () => {
  const clock = new SimulatedClock()
  const process = clock.process()
  const seen: string[] = []
  process.after(10, () => seen.push('timer'))
  process.defer(() => seen.push('deferred'))
  clock.after(10, () => seen.push('another'))
  process.kill()
  await clock.advance(10)
  assert.equal(seen, ['another'])
  assert.not(process.isAlive)
})

test('a long step fires what falls due and lets nothing else run', () => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  clock.defer(() => seen.push('deferred'))
  clock.after(10, () => seen.push('timer'))
  clock.elapse(10)
  assert.equal(seen, ['timer'])
  clock.pass(5)
  assert.is(clock.monotonic(), 15)
})

test.run()
