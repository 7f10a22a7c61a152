// What a host says, as changes of what the console knows.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as feed from '../../../../runtime/console/client/feed.mjs'
import { aLook, NOW } from '../../dashboard/a-look.ts'
import { aState, told } from './a-state.ts'

const { broke, FIRST_STATE, lookupPath, watchPath } = feed

test('a document takes the place of the one before, and says when the host looked', () => {
  const { status } = aLook({})
  const state = told(FIRST_STATE, 'status', status, 77)
  assert.equal([state.documents.status, state.at, state.trouble], [status, 77, null])
})

test('what is as it was is new all the same: the chart goes on', () => {
  const later = told(aState(), 'same', 'tasks', NOW + 1000)
  assert.equal(
    later.history.samples.map(({ at }) => at),
    [NOW, NOW + 1000],
  )
  assert.equal(later.history.samples[1]?.rates, { in: 0, out: 0, busy: 0, replayed: 0 })
})

test('what cannot be had leaves what was, with the reason; an answer takes the reason away', () => {
  const state = aState()
  const error = { code: 'TIMED_OUT', what: 'no answer' }
  const worse = told(state, 'trouble', { view: 'tree', error })
  assert.is(worse.trouble, 'The host has no tree: no answer [TIMED_OUT]')
  assert.equal(worse.documents, state.documents)
  assert.is(told(worse, 'same', 'status').trouble, null)
  assert.match(broke(state).trouble ?? '', /does not answer/)
})

test('events of a newer host that nobody here knows change nothing', () => {
  const state = aState()
  for (const type of ['news', '__proto__', 'toString']) assert.is(told(state, type, '{}'), state)
  assert.is(told(state, 'same', 'toString'), state)
})

test('questions are asked beside the page, whatever was typed', () => {
  assert.is(watchPath(['status', 'tree']), '../v1/watch?views=status,tree')
  const lookup = { ...FIRST_STATE.lookup, store: 'a/b', from: 'x&y', to: '' }
  assert.is(lookupPath(lookup), '../v1/stores/a%2Fb?from=x%26y&limit=100')
  assert.is(lookupPath({ ...lookup, key: 'ö' }), '../v1/stores/a%2Fb?key=%C3%B6')
})

test.run()
