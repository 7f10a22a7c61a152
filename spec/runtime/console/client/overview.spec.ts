// The overview: well or not, and why; and the last minutes.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { overviewPage } from '../../../../runtime/console/client/overview.mjs'
import { aLook, aTask, NOW } from '../../dashboard/a-look.ts'
import { aState, seen, told } from './a-state.ts'

const { status } = aLook({})

test('an application is well without a reason to the contrary, and not with one', () => {
  assert.match(
    seen(overviewPage(aState({ status: { ...status, unwell: [] } }))),
    /State ●well Every/,
  )
  const unwell = ['nobody coordinates', '2 tasks absent']
  const text = seen(overviewPage(aState({ status: { ...status, coordinator: null, unwell } })))
  assert.match(text, /State ▲not well nobody coordinates 2 tasks absent/)
  assert.match(text, /Coordinator nobody/)
})

test('lag is that of the newest look, and rates are taken between two', () => {
  const first = aState()
  const tasks = [aTask({ lag: 1500, records: 40 }), aTask({ id: 'words/counts/1', lag: 0 })]
  const later = told(first, 'tasks', aLook({ tasks: { tasks } }).tasks, NOW + 4000)
  const text = seen(overviewPage(later))
  assert.match(text, /Lag records 1 500 1 min ago at most 1\.5K now/)
  assert.match(text, /In records 10\/s/)
  assert.match(
    overviewPage(later).text,
    /aria-label="Lag of the last 1 min: 1\u202f500 now, 1\.5K at most"/,
  )
})

test.run()
