// Where tasks are and should be, and what changed that.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rebalancePage } from '../../../../runtime/console/client/rebalance.mjs'
import { aCopy, aLook, anEvent, aTask, NOW } from '../../dashboard/a-look.ts'
import { aState, seen, told } from './a-state.ts'

test('a move says from where, to where, and what it waits for', () => {
  const moves = [
    { task: 'a/b/0', from: 'one', to: 'two', waitsFor: 'warming' as const },
    { task: 'a/b/1', from: null, to: 'one', waitsFor: 'opening' as const },
  ]
  const { tasks } = aLook({ tasks: { moves } })
  const text = seen(rebalancePage(aState({ tasks })))
  assert.match(text, /Placement 3, by one/)
  assert.match(text, /a\/b\/0 one two ◐warming the new host to copy its stores/)
  assert.match(text, /a\/b\/1 nobody one ◐opening/)
  assert.match(seen(rebalancePage(aState())), /Every task is where the placement wants it/)
})

test('what replays shows how far it is, how fast, and how long it will take', () => {
  const look = (restored: number) =>
    aLook({
      tasks: {
        tasks: [aTask({ state: 'restoring', restoredFrom: 0, restored, restoreEnd: 1000 })],
        standbys: [aCopy({ state: 'following.idle', lag: 0 })],
      },
    }).tasks
  const page = rebalancePage(told(aState({ tasks: look(100) }), 'tasks', look(300), NOW + 2000))
  assert.match(seen(page), /counts\/0 on one 700 changes behind, 100\/s, 7 s left/)
  assert.match(page.text, /<progress max="1000" value="300"/)
  assert.is([...page.text.matchAll(/<progress/g)].length, 1)
})

test('every task says where it is, and why it is not where it is wished', () => {
  const place = { granted: 'one', standbys: [], pin: null, holders: ['one'], target: 'two' }
  const page = rebalancePage(
    aState({
      rebalance: {
        ...{ application: 'words', coordinator: 'one', placement: 3, isFrozen: true },
        ...{ draining: [], fenced: [] },
        tasks: [{ id: 'a/b/0', ...place, step: 'queued', why: 'others are copied first' }],
      },
    }),
  )
  assert.match(seen(page), /a\/b\/0 one two – ◐queued others are copied first/)
  assert.match(seen(page), /■frozen .*unfreeze/)
})

test('what changed the placement is told, the newest first, and nothing else', () => {
  const events = [
    anEvent({ code: 'HOST_JOINED', message: 'host one joined' }),
    anEvent({ code: 'TOPIC_CREATED', message: 'a topic' }),
    anEvent({ code: 'TASKS_PLACED', message: 'placement 3', facts: { tasks: 4, moving: 2 } }),
  ]
  const text = seen(rebalancePage(aState({ events: { application: 'words', events } })))
  assert.match(text, /TASKS_PLACED one placement 3: 2 of 4 tasks .*HOST_JOINED one host one joined/)
  assert.not.match(text, 'a topic')
})

test.run()
