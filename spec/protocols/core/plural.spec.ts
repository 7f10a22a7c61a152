// Counts as people say them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plural } from '#protocols/core/plural'

test('one is one, and none and more are many', () => {
  assert.equal(
    [0, 1, 2, 11].map((count) => plural(count, 'task')),
    ['0 tasks', '1 task', '2 tasks', '11 tasks'],
  )
})

test.run()
