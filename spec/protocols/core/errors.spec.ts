// Errors that people read: one sentence, a code that stays, and whether trying again can help.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'

test('the message says what happened, where, and how to mend it', () => {
  const error = new MillraceError({
    code: 'THING_BROKEN',
    what: 'the thing is broken',
    where: 'lines/3',
    hint: 'Mend it',
  })
  assert.is(error.message, 'the thing is broken (lines/3). Mend it')
  assert.is(error.retry, 'never')
})

test('what is not known is left out of the sentence', () => {
  assert.is(new MillraceError({ code: 'A', what: 'it broke' }).message, 'it broke')
  assert.is(
    new MillraceError({ code: 'A', what: 'it broke', hint: 'Mend it' }).message,
    'it broke. Mend it',
  )
})

test('an error is known by its code', () => {
  const cause = new Error('disk')
  const error = new MillraceError({ code: 'DISK_FULL', what: 'no room', retry: 'later', cause })
  assert.ok(isMillraceError(error))
  assert.ok(isMillraceError(error, 'DISK_FULL'))
  assert.not.ok(isMillraceError(error, 'LOG_FULL'))
  assert.not.ok(isMillraceError(cause))
  assert.is(error.cause, cause)
})

test('whatever is thrown becomes an error that keeps what it was', () => {
  const error = new Error('as it is')
  assert.is(asError(error), error)
  assert.is(asError('text').message, 'text')
  assert.is(asError(undefined).message, 'undefined')
  assert.is(asError(7).cause, 7)
  assert.is(asError(Object.create(null)).message, 'something that has no text')
})

test('a list of several lines is not closed with a stop of its own', () => {
  const what = 'it changed:\n  - this\n'
  assert.is(
    new MillraceError({ code: 'A', what, hint: 'Mend it' }).message,
    'it changed:\n  - this\nMend it',
  )
})

test.run()
