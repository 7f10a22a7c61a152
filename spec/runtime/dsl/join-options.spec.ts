// What programs say of joins, understood.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { joinTimes } from '#runtime/dsl/join-options'

test('a duration alone is both sides, without grace', () => {
  assert.equal(joinTimes('5s'), { beforeMs: 5000, afterMs: 5000, graceMs: 0 })
})

test('the sides differ where they are given, and one may be negative', () => {
  const within = { before: '-1s', after: 1500, grace: '2m' } as const
  assert.equal(joinTimes(within), { beforeMs: -1000, afterMs: 1500, graceMs: 120_000 })
  assert.equal(joinTimes({ before: 5, after: -5 }), { beforeMs: 5, afterMs: -5, graceMs: 0 })
})

test('an end before the beginning is refused', () => {
  assert.throws(
    () => joinTimes({ before: 5, after: -6 }),
    (error: unknown) => isMillraceError(error, 'JOIN_INVALID') && /-6/.test(error.message),
  )
})

test.run()
