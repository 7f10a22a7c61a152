// Tasks: all of them, and all about one.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nameOf } from '../../../../runtime/console/client/looks.mjs'
import { routeOf } from '../../../../runtime/console/client/pages.mjs'
import { linkTo, tasksPage } from '../../../../runtime/console/client/tasks.mjs'
import { aCopy, aLook, aTask, given, NOW } from '../../dashboard/a-look.ts'
import { aState, seen, told } from './a-state.ts'

const error = { code: 'TASK_FAILED', what: 'it threw', where: 'orders 0 at 17', hint: 'Mend it' }
const failed = aTask({
  ...{ state: 'quarantined', lag: 1234, records: 50, dropped: { late: 2, unreadable: 0 }, error },
  ...{ positions: [{ topic: 'orders', partition: 0, position: 20, committed: 17, lag: 1234 }] },
  ...{ streamTime: NOW, restoredFrom: 10, restored: 15, restoreEnd: 40, meter: given(40) },
})
const copy = aCopy({ purpose: 'warm-up' })
const { tasks } = aLook({ tasks: { tasks: [failed], standbys: [copy] } })
const state = aState({ tasks }, { route: { page: 'tasks', open: null } })
const open = (task: Parameters<typeof nameOf>[0]) =>
  seen(tasksPage({ ...state, route: { page: 'tasks', open: nameOf(task) } }))

test('every task and every copy has a line, with what a copy is for', () => {
  const text = seen(tasksPage(state))
  assert.match(text, /1 tasks, 1 copies/)
  assert.match(text, /words\/counts\/0 ▲quarantined active one 1 234 0\/s/)
  assert.match(text, /words\/counts\/0 ●following\.idle warm-up two/)
})

test('a link leads to the task it is on, whatever its name', () => {
  const odd = aTask({ id: 'a#/b?c d%', host: 'two' })
  assert.equal(routeOf(linkTo(odd)), { page: 'tasks', open: nameOf(odd) })
})

test('of one that is open everything is said: error, positions and meter', () => {
  const text = open(failed)
  assert.match(text, /it threw orders 0 at 17 Mend it TASK_FAILED/)
  assert.match(text, /orders 0 17 20 1 234/)
  assert.match(text, /Records out 40, 0\/s/)
  assert.match(text, /Dropped 2 \(2 late\)/)
  assert.match(text, /Replayed 5 changes/)
  assert.match(text, /newest never/)
  assert.match(open(aTask({ id: 'gone' })), /gone is not here any more/)
  assert.match(open(copy), /Role warm-up/)
})

test('what is sought is what is shown, the rate of now among it', () => {
  const later = told(state, 'tasks', { ...tasks, tasks: [{ ...failed, records: 65 }] }, NOW + 2000)
  const text = seen(tasksPage({ ...later, filter: 'quarant' }))
  assert.match(text, /quarantined active one 1 234 7\.5\/s/)
  assert.not.match(text, /warm-up/)
})

test.run()
