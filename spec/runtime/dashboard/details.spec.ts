// Everything known of something, as lines.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { detailLines, detailsOf } from '#runtime/dashboard/details'

test('each value is a line with the path to it', () => {
  const value = {
    id: 'a',
    at: [{ lag: 1 }, { lag: 2 }],
    none: [],
    nothing: {},
    error: null,
    is: false,
  }
  assert.equal(detailsOf(value), [
    ...[
      ['id', 'a'],
      ['at[0].lag', '1'],
      ['at[1].lag', '2'],
      ['none', 'none'],
      ['nothing', '-'],
    ],
    ...[
      ['error', '-'],
      ['is', 'false'],
    ],
  ])
})

test('values stand in a column, and long ones are broken', () => {
  assert.equal(detailLines({ id: 'a', what: 'to be or not to be' }, 15), [
    'id    a',
    'what  to be or',
    '      not to be',
  ])
})

test('a name that leaves no room for its value has a line of its own', () => {
  assert.equal(detailLines({ 'a-very-long-name': 'x' }, 12), ['a-very-long-name', '        x'])
})

test.run()
