// How tasks work where nobody says.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { taskSettings } from '#runtime/process/task-settings'

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

test.run()
