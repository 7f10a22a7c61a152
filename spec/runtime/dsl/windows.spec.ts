// The words for windows, and what they refuse.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { hopping, session, sliding, tumbling, unlimited } from '#runtime/dsl/windows'

test('each word gives its windows, in ms, with no grace where none was asked for', () => {
  assert.equal(tumbling({ size: '1m' }), {
    ...{ kind: 'time', sizeMs: 60_000, advanceMs: 60_000, graceMs: 0 },
  })
  assert.equal(hopping({ size: '1m', advance: '15s', grace: 5 }), {
    ...{ kind: 'time', sizeMs: 60_000, advanceMs: 15_000, graceMs: 5 },
  })
  assert.equal(sliding({ difference: 0 }), { kind: 'sliding', differenceMs: 0, graceMs: 0 })
  assert.equal(session({ gap: '5m', grace: '1d' }), {
    ...{ kind: 'session', gapMs: 300_000, graceMs: 86_400_000 },
  })
  assert.equal(unlimited(), { kind: 'unlimited', startMs: 0 })
  assert.equal(unlimited({ start: 7 }), { kind: 'unlimited', startMs: 7 })
})

test('windows take time, and leave none out between them', () => {
  const refused: readonly (readonly [string, () => unknown])[] = [
    ['DURATION_INVALID', () => tumbling({ size: 0 })],
    ['DURATION_INVALID', () => hopping({ size: 10, advance: 0 })],
    ['WINDOW_INVALID', () => hopping({ size: 10, advance: 11 })],
    ['DURATION_INVALID', () => sliding({ difference: -1 })],
    ['DURATION_INVALID', () => session({ gap: 0 })],
    ['DURATION_INVALID', () => session({ gap: 1, grace: -1 })],
    ['DURATION_INVALID', () => unlimited({ start: -1 })],
  ]
  for (const [code, make] of refused) {
    assert.throws(make, (error: unknown) => isMillraceError(error, code))
  }
})

test.run()
