// Rounds: one at a time, and none after the end.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inRounds } from '#protocols/core/rounds'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('a round comes a while after the one before has ended', async () => {
  const clock = new SimulatedClock()
  const began: number[] = []
  const stop = inRounds(clock, 100, async () => {
    began.push(clock.monotonic())
    await new Promise<void>((resolve) => void clock.after(30, resolve))
  })
  await clock.advance(370)
  assert.equal(began, [100, 230, 360])
  const stopped = stop()
  await clock.advance(1000)
  await stopped
  assert.is(began.length, 3)
})

test('a round that is under way is told that it ends, and is waited for', async () => {
  const clock = new SimulatedClock()
  const seen: boolean[] = []
  const stop = inRounds(clock, 100, async ({ isStopped }) => {
    seen.push(isStopped())
    await new Promise<void>((resolve) => void clock.after(50, resolve))
    seen.push(isStopped())
  })
  await clock.advance(120)
  let isOver = false
  const stopped = stop().then(() => {
    isOver = true
  })
  await clock.advance(10)
  assert.not(isOver)
  await clock.advance(50)
  await stopped
  assert.equal(seen, [false, true])
})

test('a rest lasts its time, and ends at once when nobody wants the round any more', async () => {
  const clock = new SimulatedClock()
  const rested: number[] = []
  const stop = inRounds(clock, 100, async ({ rest }) => {
    await rest(30)
    rested.push(clock.monotonic())
    await rest(1_000_000)
    rested.push(clock.monotonic())
    await rest(1_000_000)
    rested.push(clock.monotonic())
  })
  await clock.advance(150)
  assert.equal(rested, [130])
  await stop()
  assert.equal(rested, [130, 150, 150])
  assert.is(clock.timers, 0)
})

test.run()
