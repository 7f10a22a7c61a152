// The guard around user functions.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { guarded } from '#actors/topology/guard'
import { isMillraceError } from '#protocols/core/errors'

test('a guarded function answers what it answers, with all its arguments', () => {
  const joined = guarded('n', (a: number, b: number, c: number) => `${a}${b}${c}`)
  assert.is(joined(1, 2, 3), '123')
})

test('whatever is thrown becomes an error that names the operator and can be tried again', () => {
  for (const thrown of [new TypeError('bad'), 'text', undefined]) {
    const fails = guarded('words', () => {
      throw thrown
    })
    assert.throws(
      () => fails(1, 2, 3),
      (error: unknown) =>
        isMillraceError(error, 'USER_FUNCTION_FAILED') &&
        error.what.startsWith("operator 'words' threw") &&
        error.cause === thrown &&
        error.retry === 'soon',
    )
  }
})

test.run()
