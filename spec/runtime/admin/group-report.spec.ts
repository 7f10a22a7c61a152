// Documents of the group as a whole.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EventsDocument, RebalanceDocument, TopologyDocument } from '#runtime/admin/documents'
import { EVENTS_LATELY } from '#runtime/admin/group-report'
import { EventLog } from '#runtime/events/event-log'
import { AdminWorld } from '../../kit/admin-world.ts'

const admin = await AdminWorld.start()

test('every task is where it is, and why', async () => {
  const { answer } = await admin.ask<RebalanceDocument>('/v1/rebalance')
  assert.equal([answer.application, answer.coordinator, answer.isFrozen], ['app', 'one', false])
  assert.is(answer.tasks.length, 4)
  for (const { step, holders, target } of answer.tasks) {
    assert.equal([step, holders], ['settled', [target]])
  }
})

test('a topology is its operators, and how many tasks each part has', async () => {
  const { answer } = await admin.ask<TopologyDocument>('/v1/topology')
  const [topology] = answer.topologies
  assert.equal(topology?.tasks, { lines: 2, counts: 2 })
  const kinds = topology?.subtopologies.flatMap(({ nodes }) => nodes.map(({ kind }) => kind))
  assert.ok(kinds?.includes('flatMapValues'))
})

test('events are the newest ones, and failures among them the like with the like', async () => {
  const broker = admin.broker()
  const log = new EventLog({ broker, clock: admin.clock, application: 'app', host: 'one' })
  const event = { host: 'one', by: null, reason: null, facts: {} }
  for (let n = 0; n < EVENTS_LATELY + 5; n++) {
    const message = `it threw at ${n}`
    log.add({ ...event, code: 'TASK_FAILED', level: 'warn', message })
  }
  await admin.clock.settle()
  const { answer } = await admin.ask<EventsDocument>('/v1/events')
  assert.is(answer.events.at(-1)?.message, `it threw at ${EVENTS_LATELY + 4}`)
  assert.ok(answer.events.length <= EVENTS_LATELY)
  assert.equal(
    answer.lately?.map(({ code, count }) => [code, count]),
    [['TASK_FAILED', answer.events.length]],
  )
})

test.run()
