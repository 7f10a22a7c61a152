// What restores, as a table of what hosts said of their tasks in two looks.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { shownOf } from '#runtime/cli/restore'
import { tasksSeen } from '#runtime/dashboard/looks'
import { aCopy, aLook, aTask, NOW } from '../dashboard/a-look.ts'

const MOVE = { task: 'words/lines/0', from: null, to: 'two', waitsFor: 'opening' as const }

const looks = [100, 600].map((restored, n) => {
  const restoring = aTask({ state: 'restoring', restoredFrom: 100, restored, restoreEnd: 1100 })
  const copy = aCopy({ id: 'words/lines/0', purpose: 'warm-up', restored: 10, restoreEnd: 10 })
  const { tasks } = aLook({ tasks: { tasks: [restoring], standbys: [copy], moves: [MOVE] } })
  return tasksSeen(NOW + n * 2000, tasks)
})

test('what restores has a bar, a rate and a time that is left; what waits for more follows', async () => {
  const { lines, document } = await shownOf(looks)
  const shown = lines.map((line) => line.replaceAll(/ {2,}/g, '  '))
  assert.equal(shown, [
    'TASK  WHAT  FROM  HOST  PROGRESS  RATE  ETA  LEFT',
    'words/counts/0  restoring  -  one  [██████░░░░░░]  50 %  250/s  2 s  500',
    'words/lines/0  warm-up  -  two  [████████████] 100 %  0/s  0 s  0',
    '',
    'MOVES  FROM  TO  WAITS FOR',
    'words/lines/0  nobody  two  opening',
  ])
  assert.ok(lines.every((line) => line.length <= 80))
  const [task] = document.replays
  assert.equal([task?.task, task?.state, task?.host], ['words/counts/0', 'restoring', 'one'])
})

test('what only moves is a table of its own', async () => {
  const { tasks } = aLook({ tasks: { tasks: [], standbys: [], moves: [MOVE] } })
  assert.match((await shownOf([tasksSeen(NOW, tasks)])).lines[0] ?? '', /^MOVES/)
})

test.run()
