// What errors mean for a task, as a table.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureKind } from '#actors/task/verdict'
import { logTrimmed } from '#protocols/broker/errors'
import { AssertionFailed } from '#protocols/core/assert'
import { offset } from '#protocols/core/brands'
import { failure } from './fake-work.ts'

const TABLE = [
  [failure('TASK_FENCED'), 'fenced'],
  [failure('STORE_UNTRUSTED', 'soon'), 'untrusted'],
  [failure('DISK_FULL', 'later'), 'weather'],
  [failure('REQUEST_TIMEOUT', 'soon'), 'weather'],
  [failure('USER_FUNCTION_FAILED', 'soon'), 'fault'],
  [failure('RECORD_UNREADABLE', 'soon'), 'fault'],
  [failure('OFFSET_OUT_OF_RANGE'), 'fault'],
  // Wiping the stores and beginning anew would build half of a state.
  [logTrimmed({ topic: 'app.t.s.changelog', partition: 0 }, offset(7)), 'fault'],
  [new AssertionFailed('a belief'), 'fault'],
  [new TypeError('a bug'), 'fault'],
] as const

test('a newer owner, a distrusted store, weather and faults are told apart', () => {
  for (const [error, kind] of TABLE) assert.is(failureKind(error), kind, error.message)
})

test.run()
