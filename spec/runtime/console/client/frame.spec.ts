// The frame: how the application is, and whether what is shown is new, on every page.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FIRST_STATE } from '../../../../runtime/console/client/feed.mjs'
import { frame, titleOf } from '../../../../runtime/console/client/frame.mjs'
import { aLook, aTask } from '../../dashboard/a-look.ts'
import { aState, seen } from './a-state.ts'

test('it says whose page it is, and that it is live', () => {
  assert.match(seen(frame(aState())), /words ●well Overview .* Events ●live/)
  assert.is(titleOf(aState()), 'Overview · words')
  assert.is(titleOf(FIRST_STATE), 'Overview · Millrace')
})

test('what is old is said to be, with the reason', () => {
  assert.match(seen(frame(aState({}, { trouble: 'nobody answers' }))), /◆old nobody answers/)
})

test('errors are counted at the way to them', () => {
  const tasks = [aTask({ state: 'quarantined' }), aTask({ id: 'a/b/1' })]
  const page = frame(aState({ tasks: aLook({ tasks: { tasks } }).tasks }))
  assert.match(seen(page), /Errors 1/)
})

test.run()
