// The document of one task, over two hosts: what its host, the group, its inputs and the events have of it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorDocument, TaskDocument } from '#runtime/admin/documents'
import { EventLog } from '#runtime/events/event-log'
import { AdminWorld } from '../../kit/admin-world.ts'

const TASK = 'wordcount/counts/1'
const admin = await AdminWorld.start()

const show = async (id: string) => admin.ask<TaskDocument>(`/v1/task?id=${id}`)

test('a task is shown whole: where it runs, what it reads and keeps, and who copies it', async () => {
  await admin.count('a b c d e f')
  const { status, answer } = await show(TASK)
  assert.is(status, 200)
  const { active, standbys, partitions, stores, place } = answer
  assert.equal([active?.id, active?.state.split('.')[0]], [TASK, 'running'])
  assert.equal([place?.target, place?.step], [active?.host, 'settled'])
  assert.equal(
    standbys.map(({ id, host, purpose }) => [id, host === active?.host, purpose]),
    [[TASK, false, 'standby']],
  )
  const [input] = partitions
  assert.is(partitions.length, 1)
  assert.equal([input?.partition, input?.end, input?.lag], [1, input?.committed, 0])
  assert.ok((active?.records ?? 0) > 0)
  assert.equal(stores.map(({ store, role }) => `${store} ${role}`).sort(), [
    ...['counts active', 'counts standby'],
  ])
})

test('of the events only those of the task are told, and the newest of them', async () => {
  const log = new EventLog({
    ...{ broker: admin.broker(), clock: admin.clock, application: 'app', host: 'one' },
  })
  const event = { code: 'TASK_FAILED', level: 'warn', host: 'one', by: null, reason: null } as const
  for (let n = 0; n < 25; n++) log.add({ ...event, message: `${n}`, facts: { task: TASK } })
  log.add({ ...event, message: 'of another', facts: { task: 'wordcount/counts/0' } })
  await admin.now(log.close())
  const { answer } = await show(TASK)
  assert.equal(
    answer.events.map(({ message }) => message),
    Array.from({ length: 20 }, (_, n) => `${n + 5}`),
  )
})

test('a task that there is not is refused', async () => {
  const { status, answer } = await admin.ask<ErrorDocument>('/v1/task?id=wordcount/counts/7')
  assert.equal([status, answer.error.code], [400, 'TASK_UNKNOWN'])
  assert.is((await admin.ask<ErrorDocument>('/v1/task')).answer.error.code, 'TASK_UNKNOWN')
})

test.run()
