// Wishes over the admin API: they hold, they are recorded, and what makes no sense is refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { wishesKey, wishesOf } from '#protocols/messages/membership'
import type {
  ErrorDocument,
  RebalanceDocument,
  StatusDocument,
  TasksDocument,
} from '#runtime/admin/documents'
import { changeWishes } from '#runtime/process/group-look'
import { draining, marking } from '#runtime/process/wishes'
import { AdminWorld } from '../../kit/admin-world.ts'

const admin = await AdminWorld.start()
const rebalance = async () => (await admin.ask<RebalanceDocument>('/v1/rebalance')).answer

test('a host that is to drain is named among those, until it is not', async () => {
  const drain = { wish: 'drain', host: 'two', by: 'ann', reason: 'a disk' }
  assert.is((await admin.ask('/v1/wishes', drain)).status, 200)
  assert.equal((await rebalance()).draining, ['two'])
  await admin.ask('/v1/wishes', { wish: 'undrain', host: 'two' })
  assert.equal((await rebalance()).draining, [])
  const told = admin.logged.filter(({ code }) => /DRAIN$/.test(code))
  assert.equal(
    told.map(({ code }) => code),
    ['DRAIN', 'UNDRAIN'],
  )
  assert.equal(told[0]?.facts, { host: 'two', by: 'ann', reason: 'a disk' })
})

test('a host that is fenced is named among those, until it is not', async () => {
  await admin.ask('/v1/wishes', { wish: 'fence', host: 'two' })
  assert.equal((await rebalance()).fenced, ['two'])
  await admin.ask('/v1/wishes', { wish: 'unfence', host: 'two' })
  assert.equal((await rebalance()).fenced, [])
  const told = admin.logged.filter(({ code }) => code === 'FENCE' || code === 'UNFENCE')
  assert.equal(
    told.map(({ code }) => code),
    ['FENCE', 'UNFENCE'],
  )
})

test('a task that is moved is pinned to the host, and the event says where it was', async () => {
  const [task] = (await rebalance()).tasks
  assert.ok(task !== undefined)
  const { status } = await admin.ask('/v1/wishes', { wish: 'move', task: task.id, host: 'two' })
  assert.is(status, 200)
  assert.is((await rebalance()).tasks.find(({ id }) => id === task.id)?.pin, 'two')
  const [told] = admin.logged.filter(({ code }) => code === 'MOVE')
  const { from, to } = told?.facts ?? {}
  assert.equal([from, to], [task.target, 'two'])
})

test('a task that is unpinned is held nowhere, and the event says where it was held', async () => {
  const [task] = (await rebalance()).tasks
  assert.ok(task !== undefined)
  const pins = async () => (await admin.ask<TasksDocument>('/v1/tasks')).answer.pins
  await admin.ask('/v1/wishes', { wish: 'move', task: task.id, host: 'two' })
  assert.equal(await pins(), { [task.id]: 'two' })
  assert.is((await admin.ask('/v1/wishes', { wish: 'unpin', task: task.id })).status, 200)
  assert.equal(await pins(), {})
  const [told] = admin.logged.filter(({ code }) => code === 'UNPIN')
  const { task: unpinned, host } = told?.facts ?? {}
  assert.equal([unpinned, host], [task.id, 'two'])
})

test('a drain that is ended takes its deadline with it', async () => {
  const { keys } = admin.broker()
  await admin.now(changeWishes(keys, 'app', draining('two', 1)))
  await admin.ask('/v1/wishes', { wish: 'undrain', host: 'two' })
  const { draining: drains, drainBy } = wishesOf(await admin.now(keys.get(wishesKey('app'))))
  assert.equal([drains, drainBy], [[], {}])
})

test('a host that does not run is away for as long as something is wished of it', async () => {
  const { keys } = admin.broker()
  const away = async () => (await admin.ask<StatusDocument>('/v1/status')).answer.away
  await admin.now(changeWishes(keys, 'app', marking('fenced', 'gone', true)))
  assert.equal(await away(), [{ id: 'gone', wish: 'fenced' }])
  assert.is((await admin.ask('/v1/wishes', { wish: 'unfence', host: 'gone' })).status, 200)
  assert.equal(await away(), [])
})

test('the placement is frozen, and goes on', async () => {
  await admin.ask('/v1/wishes', { wish: 'freeze' })
  assert.is((await rebalance()).isFrozen, true)
  await admin.ask('/v1/wishes', { wish: 'unfreeze' })
  assert.is((await rebalance()).isFrozen, false)
})

test('a wish that nobody knows, or for a host that nobody knows, changes nothing', async () => {
  for (const [body, code] of [
    [{ wish: 'toString', host: 'two' }, 'WISH_UNKNOWN'],
    [{ wish: 'drain', host: 'tow' }, 'HOST_UNKNOWN'],
    [{ wish: 'fence', host: 'tow' }, 'HOST_UNKNOWN'],
    [{ wish: 'move', host: 'two', task: 'nothing/of/0' }, 'TASK_UNKNOWN'],
    [{ wish: 'unpin', task: 'nothing/of/0' }, 'TASK_UNKNOWN'],
    [{ wish: 'drain' }, 'HOST_UNKNOWN'],
  ] as const) {
    const { status, answer } = await admin.ask<ErrorDocument>('/v1/wishes', body)
    assert.equal([status, answer.error.code], [400, code])
  }
  assert.equal((await rebalance()).draining, [])
})

test.run()
