// What a question is about is read as Prometheus reads it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { askedIn } from './asked.ts'

test('metrics are found, and nothing else is taken for one', () => {
  const expr =
    'histogram_quantile(0.99, sum by (le, up) (rate(a_bucket{b="c d"}[$__rate_interval]))) > e'
  assert.equal(askedIn(expr), ['a_bucket', 'e'])
  assert.equal(askedIn('time() - max by (task) (last)'), ['last'])
})

test('what is no question is refused', () => {
  for (const expr of ['sum by (a (b)', 'a{b=c}', 'a and']) {
    assert.throws(() => askedIn(expr), /not a question/)
  }
})

test.run()
