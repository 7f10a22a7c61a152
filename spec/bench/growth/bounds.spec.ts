// What growth is held to.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { growthMost, slowdownMost, TOLERANCE } from './bounds.ts'
import { spread } from './dimensions.ts'

const sizes = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 2, max: 1000 }))

test('what grows as n or as n log n is within bounds, and as n squared is not', () => {
  const nLogN = (n: number): number => n * Math.log2(Math.max(2, n))
  void fc.assert(
    fc.property(sizes, ([size, times]) => {
      const next = size * times
      const most = growthMost(size, next)
      assert.ok(times <= most)
      assert.ok(nLogN(next) / nLogN(size) <= most)
      if (size > 2 && times > 8) assert.ok(times ** 2 > most)
    }),
  )
})

test('a piece of the work may take as much more as the whole, of which there are as many more', () => {
  void fc.assert(
    fc.property(sizes, ([size, times]) => {
      const whole = TOLERANCE * times * slowdownMost(size, size * times)
      assert.ok(Math.abs(growthMost(size, size * times) - whole) < 1e-6 * whole)
    }),
  )
})

test('spread comes to every number as often as to any other', () => {
  void fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
      const all = spread(count)
      const found = new Set(Array.from({ length: count }, (_, n) => all(n)))
      assert.is(found.size, count)
      assert.ok([...found].every((it) => it >= 0 && it < count))
      assert.is(all(count), all(0))
    }),
  )
})

test.run()
