// A ring is a queue: the same items in the same order as an array, whatever the mix of pushes and shifts.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Ring } from '#actors/kernel/ring'

test('a ring gives back what an array would', () => {
  const steps = fc.array(fc.option(fc.integer()), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (pushes) => {
      const ring = new Ring<number>()
      const model: number[] = []
      for (const push of pushes) {
        if (push === null) assert.is(ring.shift(), model.shift())
        else {
          ring.push(push)
          model.push(push)
        }
        assert.is(ring.length, model.length)
      }
      while (model.length > 0) assert.is(ring.shift(), model.shift())
    }),
  )
})

test.run()
