// Assertions: what code relies on, said where it relies on it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AssertionFailed, assert as believe, unreachable } from '#protocols/core/assert'

test('a broken belief throws its sentence, which is only built when it is broken', () => {
  believe(true, () => {
    throw new Error('not built')
  })
  assert.throws(
    () => believe(false, () => 'water is dry'),
    (error: unknown) => error instanceof AssertionFailed && error.message === 'water is dry',
  )
  // What the compiler rules out is what this is for.
  assert.throws(() => unreachable('case' as never), /unreachable value: case/)
})

test.run()
