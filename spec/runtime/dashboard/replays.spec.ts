// How far each replay is, by two looks at tasks.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tasksSeen } from '#runtime/dashboard/looks'
import { replaysOf } from '#runtime/dashboard/replays'
import { aCopy, aLook, aTask, NOW } from './a-look.ts'

const at = (ms: number, restored: number) => {
  const restoring = aTask({ state: 'restoring', restoredFrom: 100, restored, restoreEnd: 1100 })
  const copy = aCopy({ id: restoring.id, lag: 4, restored: 6, restoreEnd: 10 })
  const { tasks } = aLook({ tasks: { tasks: [restoring], standbys: [copy] } })
  return tasksSeen(NOW + ms, tasks)
}

test('a replay is as far as it came of what it had to apply, and ends when its rate says', () => {
  const [task, copy] = replaysOf([at(0, 100), at(2000, 600)])
  assert.equal(
    [task?.done, task?.whole, task?.left, task?.share, task?.perSecond, task?.leftMs],
    [500, 1000, 500, 0.5, 250, 2000],
  )
  assert.equal(
    [task?.what, task?.from, copy?.what, copy?.from],
    ['restoring', null, 'standby', 'one'],
  )
})

test('of what does not come on nobody knows how long it takes', () => {
  const [task, copy] = replaysOf([at(0, 100), at(2000, 100)])
  assert.equal([task?.leftMs, copy?.leftMs, copy?.left], [null, null, 4])
  assert.equal(replaysOf([]), [])
})

test.run()
