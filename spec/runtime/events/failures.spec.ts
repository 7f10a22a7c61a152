// Failures told once for each kind: what is counted together, and what is not.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failuresIn } from '#runtime/events/failures'
import type { PastEvent } from '#runtime/events/read-events'

const event = (facts: Partial<PastEvent>): PastEvent => ({
  ...{ code: 'TASK_FAILED', level: 'warn', message: 't/a/0: offset 7 is bad', host: 'one' },
  ...{ by: null, reason: null, facts: {}, atMs: 10, ...facts },
})

test('failures that differ in numbers are one kind, whoever said it', () => {
  const events = [
    event({ atMs: 10 }),
    event({ message: 't/a/1: offset 12 is bad', host: 'two', atMs: 30 }),
    // Its clock is behind.
    event({ message: 't/a/2: offset 3 is bad', host: 'two', atMs: 5 }),
    event({ message: 't/a/0: offset 7 is worse', atMs: 20 }),
    event({ code: 'TASK_QUARANTINED', level: 'error', host: null, atMs: 40 }),
  ]
  assert.equal(failuresIn(events), [
    {
      ...{ code: 'TASK_QUARANTINED', message: 't/a/0: offset 7 is bad', count: 1 },
      ...{ firstMs: 40, lastMs: 40, hosts: [] },
    },
    {
      ...{ code: 'TASK_FAILED', message: 't/a/1: offset 12 is bad', count: 3 },
      ...{ firstMs: 5, lastMs: 30, hosts: ['one', 'two'] },
    },
    {
      ...{ code: 'TASK_FAILED', message: 't/a/0: offset 7 is worse', count: 1 },
      ...{ firstMs: 20, lastMs: 20, hosts: ['one'] },
    },
  ])
})

test('what went well is no failure', () => {
  assert.equal(failuresIn([event({ level: 'info' }), event({ level: 'debug' })]), [])
})

test.run()
