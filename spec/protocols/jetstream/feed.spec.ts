// The budget of pulls: what is asked for at once is bounded, and everybody gets a turn.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PullBudget } from '#protocols/jetstream/feed'

test('pulls beyond the budget wait for others to end, in order', () => {
  const budget = new PullBudget(25, 10)
  const begun: number[] = []
  for (const n of [1, 2, 3, 4]) budget.take(() => begun.push(n))
  assert.equal(begun, [1, 2])
  budget.give()
  assert.equal(begun, [1, 2, 3])
  for (let i = 0; i < 3; i++) budget.give()
  assert.equal(begun, [1, 2, 3, 4])
  for (const n of [5, 6, 7]) budget.take(() => begun.push(n))
  assert.equal(begun, [1, 2, 3, 4, 5, 6])
})

test('one pull is always possible', () => {
  const begun: number[] = []
  new PullBudget(5, 10).take(() => begun.push(1))
  assert.equal(begun, [1])
})

test.run()
