// What a policy says of a failure.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type RecordFailure, verdictOf } from '#actors/topology/record-policy'
import { isMillraceError } from '#protocols/core/errors'

const failure: RecordFailure = {
  ...{ kind: 'processing', operator: 'parse', error: new Error('no'), headers: [] },
  ...{ topic: 'in', partition: 0, offset: 7, key: 'k', value: 'v' },
}

test('a policy that needs no thought says the same of every failure', () => {
  assert.is(verdictOf('fail', failure), 'fail')
  assert.is(verdictOf('skip', failure), 'skip')
  assert.equal(verdictOf({ dlq: 'letters' }, failure), { dlq: 'letters' })
})

test('a function decides each time, and a letter goes to the topic beside it', () => {
  const decide = ({ offset }: RecordFailure) =>
    offset === 7 ? 'dlq' : offset === 8 ? 'skip' : 'fail'
  const policy = { dlq: 'letters', decide } as const
  assert.equal(verdictOf(policy, failure), { dlq: 'letters' })
  assert.is(verdictOf(policy, { ...failure, offset: 8 }), 'skip')
  assert.is(verdictOf(policy, { ...failure, offset: 9 }), 'fail')
})

test('a deciding function that throws is a failed function of the program', () => {
  const decide = (): never => {
    throw new RangeError('cannot decide')
  }
  assert.throws(
    () => verdictOf({ dlq: 'letters', decide }, failure),
    (error: unknown) =>
      isMillraceError(error, 'USER_FUNCTION_FAILED') &&
      error.what === "operator 'parse, on a failure' threw RangeError: cannot decide",
  )
})

test.run()
