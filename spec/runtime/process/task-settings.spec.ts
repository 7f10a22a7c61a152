// How tasks work where nobody says.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type TaskOptions, taskSettings } from '#runtime/process/task-settings'

test('tasks are exactly once and commit ten times a second, unless it was said otherwise', () => {
  const { guarantee, commitIntervalMs, sealIntervalMs, compression } = taskSettings({})
  assert.equal(
    [guarantee, commitIntervalMs, sealIntervalMs, compression],
    ['exactly-once', 100, 5000, 'none'],
  )
  const said = { guarantee: 'at-least-once', commitIntervalMs: 7, compression: 'gzip' } as const
  const settings = taskSettings({ ...said, sealIntervalMs: undefined })
  assert.equal(settings, { ...taskSettings({}), ...said })
})

test('snapshots are taken where logs grow without them, elsewhere when somebody says so', () => {
  const bytesOf = (options: TaskOptions, isTrimmed: boolean): number =>
    taskSettings(options, isTrimmed).snapshotBytes
  assert.equal([bytesOf({}, true), bytesOf({}, false)], [64 * 1024 * 1024, 0])
  assert.equal(
    [true, false].map((is) => bytesOf({ snapshotBytes: 9 }, is)),
    [9, 9],
  )
  assert.is(bytesOf({ snapshotBytes: 0 }, true), 0)
})

test.run()
