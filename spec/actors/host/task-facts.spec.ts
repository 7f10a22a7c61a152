// What screens show of a task, a standby, and one that does not answer.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { activeFacts, silentFacts, standbyFacts } from '#actors/host/task-facts'
import { NOTHING_METERED } from '#actors/task/meter'
import { factsOf } from '#protocols/core/error-facts'
import { failure } from '../task/fake-work.ts'

const task = { ...{ id: 't/a/0', topology: 't', subtopology: 'a' }, partition: 0, count: 1 }

test('a task shows the lags of its inputs together, and an error only while it is not well', () => {
  const at = (partition: number) => ({
    at: { topic: 'in', partition },
    position: 4,
    committed: 2,
    lag: 3,
  })
  const meter = { ...NOTHING_METERED, commits: 2 }
  const work = {
    ...{ records: 9, dropped: { late: 1 }, meter, positions: [at(0), at(1)], streamTime: 5 },
    ...{ epoch: 7, checkpoint: null, restoredFrom: 1, restored: 2, restoreEnd: 3 },
  }
  const said = { id: 't/a/0', restarts: 1, error: failure('X'), poison: null, work }
  const running = activeFacts({ ...said, state: 'running.idle' }, 2)
  assert.equal([running.role, running.worker, running.lag, running.epoch], ['active', 2, 6, 7])
  assert.equal([running.restoredFrom, running.restored, running.restoreEnd], [1, 2, 3])
  assert.equal([running.commits, running.meter.commits], [2, 2])
  assert.equal(running.positions[1], {
    ...{ topic: 'in', partition: 1 },
    ...{ position: 4, committed: 2, lag: 3 },
  })
  assert.is(running.error, null)
  const waiting = activeFacts({ ...said, state: 'backoff', work: null }, 2)
  assert.equal([waiting.error?.code, waiting.lag, waiting.records], ['X', 0, 0])
})

test('a standby shows how many changes it is behind, and takes in no records', () => {
  const copy = { position: 90, lag: 10, from: 40 }
  const said = { id: 't/a/0', state: 'following.idle', restarts: 0, error: null }
  const { role, lag, records, ...rest } = standbyFacts({ ...said, copy }, 0)
  assert.equal([role, lag, records], ['standby', 10, 0])
  assert.equal([rest.restoredFrom, rest.restored, rest.restoreEnd], [40, 90, 100])
  const away = standbyFacts({ ...said, state: 'backoff', error: failure('Y'), copy: null }, 0)
  assert.equal([away.error?.code, away.restoreEnd], ['Y', 0])
})

test('one that waits for its plan is loading, one that does not answer is silent', () => {
  const waiting = silentFacts({ task, role: 'standby' }, 1, null)
  assert.equal([waiting.state, waiting.role, waiting.error], ['loading', 'standby', null])
  const silence = factsOf(failure('ASK_TIMEOUT'))
  const silent = silentFacts({ task, role: 'active', error: null }, 1, silence)
  assert.equal([silent.state, silent.error?.code], ['silent', 'ASK_TIMEOUT'])
})

test.run()
