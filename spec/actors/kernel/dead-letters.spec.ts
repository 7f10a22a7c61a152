// What reached nobody stays readable: the newest in full, all of it in numbers.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DeadLetters } from '#actors/kernel/dead-letters'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('the newest 256 are kept, oldest first, and every one is counted', () => {
  const letters = new DeadLetters(new SimulatedClock())
  for (let i = 0; i < 300; i++) letters.add(`a/${i}`, { type: 'hello' }, 'dead')
  letters.add('b', 7, 'full')
  const kept = letters.letters()
  assert.is(kept.length, 256)
  assert.is(kept[0]?.to, 'a/45')
  assert.equal([kept.at(-1)?.to, kept.at(-1)?.type, kept.at(-1)?.why], ['b', 'number', 'full'])
  assert.equal(letters.counts, { dead: 300, full: 1, left: 0, failed: 0 })
})

test.run()
