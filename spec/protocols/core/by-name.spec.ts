// The order of names.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { byName } from '#protocols/core/by-name'

test('numbers in names go by what they count, and letters by the alphabet', () => {
  const names = ['t/b/0', 't/a/10', 'T/a/3', 't/a/2']
  assert.equal(names.sort(byName), ['t/a/2', 'T/a/3', 't/a/10', 't/b/0'])
  assert.is(byName('t/a/2', 't/a/2'), 0)
})

test.run()
