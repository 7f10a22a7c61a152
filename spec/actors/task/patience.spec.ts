// How long a task waits for inputs that have nothing.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Patience } from '#actors/task/patience'

const input = (has: boolean) => {
  const it = { has, head: (): object | null => (it.has ? {} : null) }
  return it
}

test('a task waits for an input that has nothing, from when it was found so, and then goes on', () => {
  const patience = new Patience(10)
  const inputs = [input(true), input(false)]
  assert.is(patience.isOver(inputs, 100), false)
  assert.is(patience.untilMs, 110)
  assert.is(patience.isOver(inputs, 109), false)
  assert.is(patience.isOver(inputs, 110), true)
  assert.is(patience.isOver(inputs, 111), true)
})

test('a record ends the wait, and the next one begins anew', () => {
  const patience = new Patience(10)
  const [left, right] = [input(true), input(false)]
  assert.is(patience.isOver([left, right], 100), false)
  right.has = true
  assert.is(patience.isOver([left, right], 105), true)
  right.has = false
  assert.is(patience.isOver([left, right], 108), false)
  assert.is(patience.untilMs, 118)
})

test('without patience, and with one input, nothing waits', () => {
  assert.is(new Patience(0).isOver([input(true), input(false)], 0), true)
  assert.is(new Patience(10).isOver([input(false)], 0), true)
})

test('with nothing at hand there is nothing to wake up for', () => {
  const patience = new Patience(10)
  assert.is(patience.isOver([input(false), input(false)], 0), false)
  assert.is(patience.untilMs, Number.POSITIVE_INFINITY)
})

test.run()
