// What a thread says of itself.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeadLetters } from '#actors/kernel/dead-letters'
import { threadFacts } from '#runtime/process/thread-facts'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('a thread tells its load, its heap and its dead letters', () => {
  const letters = new DeadLetters(new SimulatedClock())
  letters.add('one/a', { type: 'chart' }, 'dead')
  const { worker, utilization, heapUsed, heapMax, deadLetters } = threadFacts(3, letters)
  assert.is(worker, 3)
  assert.ok(utilization >= 0 && utilization <= 1, `${utilization}`)
  assert.ok(heapUsed > 0 && heapUsed < heapMax)
  assert.equal(deadLetters.counts, { dead: 1, full: 0, left: 0, failed: 0 })
  assert.equal(
    deadLetters.letters.map(({ to, type, why }) => [to, type, why]),
    [['one/a', 'chart', 'dead']],
  )
  // What it told is what was, not what is.
  letters.add('one/a', 5, 'full')
  assert.is(deadLetters.counts.full, 0)
})

test.run()
