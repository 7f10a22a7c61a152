// Waiting with an end: every way a wait can come out.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { settle } from '#actors/kernel/deadline'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('a wait ends done, late, or with what was thrown, and leaves no timer', async () => {
  const clock = new SimulatedClock()
  const works = [
    () => {},
    () => Promise.resolve(),
    () => new Promise<void>(() => {}),
    () => Promise.reject(new Error('rejected')),
    () => {
      throw new Error('thrown')
    },
  ]
  const outcomes = Promise.all(works.map((work) => settle(clock, 100, work)))
  await clock.advance(100)
  const written = (await outcomes).map(String)
  assert.equal(written, ['done', 'done', 'late', 'Error: rejected', 'Error: thrown'])
  assert.is(clock.timers, 0)
})

test.run()
