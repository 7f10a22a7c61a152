// What is asked of a topic, by options.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { questionOf } from '../../../runtime/cli/peek.ts'

test('the newest ten are shown where nothing is said; first, last and an offset say otherwise', () => {
  const of = (options: Parameters<typeof questionOf>[1]) => {
    const { from, count, partition } = questionOf('t', options)
    return [from, count, partition]
  }
  assert.equal(of({}), ['last', 10, undefined])
  assert.equal(of({ last: '3' }), ['last', 3, undefined])
  assert.equal(of({ first: '3', partition: '1' }), ['first', 3, 1])
  assert.equal(of({ from: '40', partition: '1' }), [40, 10, 1])
  assert.equal(of({ from: '40', partition: '1', first: '2' }), [40, 2, 1])
})

test('options that contradict one another are refused', () => {
  for (const options of [{ from: '1' }, { last: '1', first: '1' }, { last: 'x' }]) {
    assert.throws(() => questionOf('t', options), /partition as well|from the end|whole number/)
  }
})

test.run()
