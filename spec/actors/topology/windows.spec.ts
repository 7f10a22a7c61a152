// What follows from a definition of windows: when they close, and how long rows must be kept.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closesAfterMs, retentionLeastMs, spanMs, type Windows } from '#actors/topology/windows'

const cases: readonly (readonly [Windows, closes: number, span: number | null, least: number])[] = [
  [{ kind: 'time', sizeMs: 10, advanceMs: 5, graceMs: 3 }, 3, 10, 13],
  [{ kind: 'sliding', differenceMs: 10, graceMs: 3 }, 3, 10, 23],
  [{ kind: 'session', gapMs: 10, graceMs: 3 }, 13, null, 13],
  [
    { kind: 'unlimited', startMs: 5 },
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
  ],
]

test('windows close after their grace, sessions after gap and grace, unlimited ones never', () => {
  for (const [windows, closes] of cases) assert.is(closesAfterMs(windows), closes)
})

test('windows of one size have a span; sessions have none', () => {
  for (const [windows, , span] of cases) assert.is(spanMs(windows), span)
})

test('rows are kept until their windows close, and sliding ones as far back as new ones reach', () => {
  for (const [windows, , , least] of cases) assert.is(retentionLeastMs(windows), least)
})

test.run()
