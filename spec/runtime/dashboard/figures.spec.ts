// Numbers as a dashboard shows them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bar, rate, sparkline } from '#runtime/dashboard/figures'

test('a sparkline goes from nothing to the largest value, one column each', () => {
  assert.is(sparkline([0, 1, 7, 14, 3], 10), '▁▂▅█▃')
  assert.is(sparkline([5, 9, 0, 10], 2), '▁█')
  assert.equal([sparkline([0, 0], 5), sparkline([], 5), sparkline([1], 0)], ['▁▁', '', ''])
})

test('a bar is as full as the share, and its percentage beside it', () => {
  assert.equal(
    [0, 0.5, 1].map((share) => bar(share, 12)),
    ['[░░░░]   0 %', '[██░░]  50 %', '[████] 100 %'],
  )
  assert.equal([bar(-1, 12), bar(7, 12), bar(Number.NaN, 12)], [bar(0, 12), bar(1, 12), bar(0, 12)])
})

test('a share of nearly all is not all', () => {
  assert.is(bar(0.9999, 12), '[███░]  99 %')
})

test('rates are short, and small ones keep a digit', () => {
  assert.equal([0, 0.44, 9.96, 10, 1234, 45_600].map(rate), [
    ...['0/s', '0.4/s', '10.0/s', '10/s', '1234/s', '45.6 k/s'],
  ])
})

test.run()
