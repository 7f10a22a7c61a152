// Options that mean a number or a choice.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { maybeWhole, oneOf, whole } from '#runtime/cli/options'

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

test('a choice is one of those there are', () => {
  assert.is(oneOf('--c', 'a', ['a', 'b']), 'a')
  assert.is(
    refusal(() => oneOf('--c', 'x', ['a', 'b'])),
    "--c takes a or b, not 'x'",
  )
})

test.run()
