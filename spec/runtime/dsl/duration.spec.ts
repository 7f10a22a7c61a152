// Durations: numbers of ms, or text with a unit.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { type Duration, durationMs } from '#runtime/dsl/duration'

test('a number is milliseconds; text is a number of its unit', () => {
  const cases: readonly (readonly [Duration, number])[] = [
    [250, 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ]
  for (const [text, ms] of cases) assert.is(durationMs(text), ms)
})

test('what is no duration, not whole, negative or too short is refused, saying of what', () => {
  const refused = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '-5s', '5 s', 's', '5w', '0.5ms']
  for (const text of refused) {
    assert.throws(
      () => durationMs(text as Duration, 'the size of a window'),
      (error: unknown) =>
        isMillraceError(error, 'DURATION_INVALID') && /^the size of a window/.test(error.message),
      String(text),
    )
  }
  assert.throws(() => durationMs('0s', 'a size', 1), /at least 1/)
  assert.is(durationMs('0s'), 0)
})

test.run()
