// Chance that can be had again.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { seededRandom } from '#runtime/testkit/seeded-random'

const take = (seed: number, count: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

test('the same seed gives the same numbers, for ever', () => {
  assert.equal(take(1, 100), take(1, 100))
  assert.equal(
    take(1, 3).map((n) => n.toFixed(6)),
    ['0.627074', '0.002736', '0.527447'],
  )
})

test('other seeds give others, between 0 and 1, evenly', () => {
  assert.is.not(take(1, 1)[0], take(2, 1)[0])
  const numbers = take(5, 10_000)
  assert.ok(numbers.every((n) => n >= 0 && n < 1))
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = numbers.filter((n) => Math.floor(n * 10) === tenth).length
    assert.ok(count > 900 && count < 1100, `${tenth}: ${count}`)
  }
})

test.run()
