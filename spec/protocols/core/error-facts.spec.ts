// What was thrown, as data.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { factsOf } from '#protocols/core/error-facts'

test('an error that is nobody of ours is internal', () => {
  assert.equal(factsOf(new Error('oh')), { code: 'INTERNAL', what: 'oh' })
  assert.equal(factsOf(new TypeError('x')), { code: 'INTERNAL', what: 'x' })
  assert.equal(factsOf('x'), { code: 'INTERNAL', what: 'x' })
})

test.run()
