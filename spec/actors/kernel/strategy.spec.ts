// Restart windows and backoff, as arithmetic.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { backoffMs, RESTART_DEFAULT, RestartHistory } from '#actors/kernel/strategy'

const policy = { ...RESTART_DEFAULT, max: 3, withinMs: 1000, stableMs: 500 }

test('backoff doubles from its least to its most, 20 % either way', () => {
  const at = (attempt: number, chance: number): number =>
    backoffMs(policy, attempt, { next: () => chance })
  assert.equal(
    [1, 2, 3].map((attempt) => at(attempt, 0.5)),
    [200, 400, 800],
  )
  assert.is(at(60, 0.5), 30_000)
  assert.is(at(1, 0), 160)
  assert.is(Math.round(at(1, 1)), 240)
})

test('more than `max` restarts within the window are refused, and never fewer', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 50 })
  fc.assert(
    fc.property(gaps, (waits) => {
      const history = new RestartHistory(policy)
      const granted: number[] = []
      let nowMs = 0
      for (const wait of waits) {
        nowMs += wait
        const recent = granted.filter((ms) => nowMs - ms < policy.withinMs).length
        const answer = history.failed(nowMs, 0)
        assert.is(answer === 'exceeded', recent >= policy.max)
        if (answer !== 'exceeded') granted.push(nowMs)
      }
      assert.is(history.total, granted.length)
    }),
  )
})

test('a stable life makes the next failure a first one', () => {
  const history = new RestartHistory({ ...policy, max: 10 })
  assert.is(history.failed(0, 0), 1)
  assert.is(history.failed(1, 1), 2)
  assert.is(history.failed(600, 599), 1)
})

test('forgiving empties the window', () => {
  const history = new RestartHistory({ ...policy, max: 1 })
  history.failed(0, 0)
  assert.is(history.failed(1, 0), 'exceeded')
  history.forgive()
  assert.is(history.failed(2, 0), 1)
})

test.run()
