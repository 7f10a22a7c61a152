// Tasks as text.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tasksLines } from '../../../runtime/cli/tasks.ts'
import { aCopy, aTask } from '../dashboard/a-look.ts'

const cells = (lines: readonly string[]): string[][] => lines.map((line) => line.split(/ {2,}/))

test('a task has a line, and each copy of it another', async () => {
  const lines = await tasksLines({
    tasks: [aTask({ lag: 12_345 })],
    ...{ standbys: [aCopy()], moves: [], unanswered: [] },
  })
  assert.equal(cells(lines), [
    ['TASK', 'ROLE', 'STATE', 'HOST', 'WORKER', 'LAG', 'RECORDS', 'RESTARTS'],
    ['words/counts/0', 'active', 'running.idle', 'one', '0', '12.3 k', '0', '0'],
    ['words/counts/0', 'standby', 'following.idle', 'two', '0', '0', '0', '0'],
  ])
})

test('a task that failed has a line of its own that says why', async () => {
  const error = { code: 'TASK_LOST', what: 'it broke', hint: 'Mend it' }
  const tasks = [aTask({ error })]
  const lines = await tasksLines({ tasks, standbys: [], moves: [], unanswered: [] })
  assert.is(lines.at(-1), 'words/counts/0: it broke. Mend it [TASK_LOST]')
})

test.run()
