// Options that mean a number or a choice.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { maybeWhole, oneOf, timeMs, whole } from '#runtime/cli/options'

const refusal = (run: () => unknown): string => {
  try {
    return `answered ${String(run())}`
  } catch (error) {
    return isMillraceError(error, 'OPTION_INVALID') ? error.what : String(error)
  }
}

test('a whole number is digits that fit', () => {
  for (const text of ['0', '7', '9007199254740991']) assert.is(whole('--n', text), Number(text))
  for (const text of ['', ' ', 'x', '-1', '1.5', '1e3', '0x10', '9007199254740993']) {
    assert.is(
      refusal(() => whole('--n', text)),
      `--n takes a whole number, not '${text}'`,
    )
  }
  assert.is(maybeWhole('--n', undefined), undefined)
})

test('a time is a number with its unit, or a bare one of milliseconds', () => {
  const times = { '0': 0, '250': 250, '1500ms': 1500, '2s': 2000, '1.5m': 90_000 }
  for (const [text, ms] of Object.entries(times)) assert.is(timeMs('--t', text), ms)
  for (const text of ['', 'x', '-1', '1e3', '5 s', '2weeks']) {
    assert.throws(
      () => timeMs('--t', text),
      (error: unknown) => isMillraceError(error, 'DURATION_INVALID') && /^--t /.test(error.what),
    )
  }
})

test('a choice is one of those there are', () => {
  assert.is(oneOf('--c', 'a', ['a', 'b']), 'a')
  assert.is(
    refusal(() => oneOf('--c', 'x', ['a', 'b'])),
    "--c takes a or b, not 'x'",
  )
})

test.run()
