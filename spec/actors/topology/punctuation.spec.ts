// What a topology does by time: when scheduled calls come, and how often.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Punctuation } from '#actors/topology/punctuation'

test('a call that was missed several times comes once, with the time it is, and keeps its phase', () => {
  const fired: number[] = []
  const punctuation = new Punctuation()
  punctuation.schedule(10, 10, (time) => void fired.push(time))
  for (const now of [5, 14, 15, 35, 40]) punctuation.advance(now)
  assert.equal(fired, [14, 35, 40])
  assert.is(punctuation.nextMs, 50)
})

test('what has been due the longest comes first', () => {
  const fired: string[] = []
  const punctuation = new Punctuation()
  punctuation.schedule(10, 20, () => void fired.push('later'))
  punctuation.schedule(10, 5, () => void fired.push('sooner'))
  punctuation.schedule(10, 5, () => void fired.push('as soon'))
  punctuation.advance(25)
  assert.equal(fired, ['sooner', 'as soon', 'later'])
})

test('a call may cancel itself or another, and schedule one that is due at once', () => {
  const fired: string[] = []
  const punctuation = new Punctuation()
  const cancel = punctuation.schedule(10, 0, () => {
    fired.push('first')
    cancel()
    cancelOther()
    punctuation.schedule(10, 0, () => void fired.push('new'))
  })
  const cancelOther = punctuation.schedule(10, 1, () => void fired.push('other'))
  punctuation.advance(5)
  punctuation.advance(9)
  assert.equal(fired, ['first', 'new'])
  assert.is(punctuation.nextMs, 10)
})

test('calls come at most once per look, and never between two multiples of the interval', () => {
  const steps = fc.array(fc.nat(30), { minLength: 1 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, (interval, increments) => {
      const fired: number[] = []
      const punctuation = new Punctuation()
      punctuation.schedule(interval, 0, (time) => void fired.push(time))
      let now = 0
      let slot = -1
      const wanted: number[] = []
      for (const increment of increments) {
        now += increment
        if (Math.floor(now / interval) > slot) wanted.push(now)
        slot = Math.floor(now / interval)
        punctuation.advance(now)
      }
      assert.equal(fired, wanted)
    }),
  )
})

test.run()
