// The admin API over a host on the simulated broker: documents for what is asked well, sentences with
// codes for what is not.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type {
  ErrorDocument,
  LagDocument,
  QueryDocument,
  StatusDocument,
  StoresDocument,
  TasksDocument,
  TreeDocument,
} from '#runtime/admin/documents'
import type { Readiness } from '#runtime/process/readiness'
import { AdminWorld } from '../../kit/admin-world.ts'
import { seriesIn } from '../../kit/prometheus-text.ts'

const admin = await AdminWorld.start()

test('status is the group as a whole, whoever is asked', async () => {
  const { status, answer } = await admin.ask<StatusDocument>('/v1/status')
  assert.is(status, 200)
  const { application, host, coordinator, hosts, tasks, lag, unanswered } = answer
  assert.equal([application, host, coordinator, tasks], ['app', 'one', 'one', { running: 4 }])
  assert.equal(
    hosts.map(({ id, tasks: count, state }) => [id, count, state]),
    [
      ['one', 2, 'active'],
      ['two', 2, 'active'],
    ],
  )
  assert.equal([lag, unanswered], [0, []])
  assert.equal([answer.standbys, hosts.map((it) => it.standbys)], [{ following: 2 }, [1, 1]])
})

test('tasks come from every host, in the order of their names', async () => {
  const { answer } = await admin.ask<TasksDocument>('/v1/tasks')
  const ids = answer.tasks.map(({ id }) => id)
  assert.equal(
    ids,
    ['counts/0', 'counts/1', 'lines/0', 'lines/1'].map((id) => `wordcount/${id}`),
  )
  assert.equal([...new Set(answer.tasks.map(({ host }) => host))].sort(), ['one', 'two'])
})

test('documents that are asked for at a time cost one question to each other host', async () => {
  const [one] = admin.hosts
  const bus = one?.running.parts.broker.bus
  assert.ok(bus !== undefined)
  const request = bus.request.bind(bus)
  const asked: string[] = []
  bus.request = (subject, ...rest) => {
    asked.push(subject)
    return request(subject, ...rest)
  }
  const documents = ['status', 'tasks', 'lag'].map(async (name) =>
    admin.app().request(`/v1/${name}`),
  )
  for (const document of documents) assert.is((await admin.now(document)).status, 200)
  assert.equal(asked, ['app/hosts/two'])
  await admin.ask('/v1/tasks')
  assert.is(asked.length, 2)
  bus.request = request
})

test('a standby is shown apart from the tasks, with what it is for and how far behind it is', async () => {
  const { answer } = await admin.ask<TasksDocument>('/v1/tasks')
  const owners = new Map(answer.tasks.map(({ id, host }) => [id, host]))
  assert.equal(
    answer.standbys.map(({ id, role, purpose, lag }) => [id, role, purpose, lag]),
    [0, 1].map((n) => [`wordcount/counts/${n}`, 'standby', 'standby', 0]),
  )
  for (const { id, host } of answer.standbys) assert.is.not(host, owners.get(id))
})

test('the tree begins with each host', async () => {
  const { answer } = await admin.ask<TreeDocument>('/v1/tree')
  assert.equal(
    answer.hosts.map(({ host, trees }) => [host, trees[0]?.path, trees[0]?.children.length]),
    [
      ['one', 'one', 1],
      ['two', 'two', 1],
    ],
  )
})

test('a store is one map, whichever host keeps the key', async () => {
  await admin.count('a b c a', 'd a')
  const rows = async (query: string) =>
    (await admin.ask<QueryDocument>(`/v1/stores/counts${query}`)).answer.rows.map(
      ({ key, value }) => `${key}=${value}`,
    )
  assert.equal(await rows(''), ['a=3', 'b=1', 'c=1', 'd=1'])
  for (const [key, count] of [
    ['a', 3],
    ['b', 1],
    ['c', 1],
  ]) {
    assert.equal(await rows(`?key=${key}`), [`${key}=${count}`])
  }
  assert.equal(await rows('?key=none'), [])
  assert.equal(await rows('?from=b&to=c'), ['b=1', 'c=1'])
  assert.equal(await rows('?limit=2'), ['a=3', 'b=1'])
  assert.equal(await rows('?limit=0'), [])
  assert.equal(await rows('?key=a&maxLag=1000'), ['a=3'])
  assert.equal(await rows('?maxLag=1000'), ['a=3', 'b=1', 'c=1', 'd=1'])
})

test('a host is ready while everything it was granted runs', async () => {
  const { status, answer } = await admin.ask<Readiness>('/ready')
  assert.equal([status, answer], [200, { ready: true, reasons: [] }])
})

test('lag has every partition of every source, with who reads it and how far', async () => {
  const { answer } = await admin.ask<LagDocument>('/v1/lag')
  const [mail] = answer.partitions.map(({ topic }) => topic).filter((it) => it !== 'lines')
  assert.equal(
    answer.partitions.map(({ topic, partition, task, lag, state }) => {
      return [topic, partition, task, lag, state.split('.')[0]]
    }),
    [
      [mail, 0, 'wordcount/counts/0', 0, 'running'],
      [mail, 1, 'wordcount/counts/1', 0, 'running'],
      ['lines', 0, 'wordcount/lines/0', 0, 'running'],
      ['lines', 1, 'wordcount/lines/1', 0, 'running'],
    ],
  )
  for (const { end, committed } of answer.partitions) assert.is(end, committed)
  const lines = answer.partitions.filter(({ topic }) => topic === 'lines')
  assert.is(
    lines.reduce((sum, { end }) => sum + (end ?? 0), 0),
    2,
  )
  assert.equal([answer.lag, answer.unknown, answer.unanswered], [0, 0, []])
})

test('stores are listed by name and task, those of copies too', async () => {
  const { answer } = await admin.ask<StoresDocument>('/v1/stores')
  assert.equal(
    answer.stores.map(({ store, task, role }) => [store, task, role]).sort(),
    ['active', 'standby']
      .flatMap((role) => [
        ['counts', 'wordcount/counts/0', role],
        ['counts', 'wordcount/counts/1', role],
      ])
      .sort(),
  )
  // Four words. A copy has them in its tables, a task there or in memory.
  const sum = (role: string, of: 'rows' | 'pending'): number =>
    answer.stores
      .filter((store) => store.role === role)
      .reduce((total, { usage }) => total + (usage?.[of] ?? 0), 0)
  assert.equal([sum('standby', 'rows'), sum('standby', 'pending')], [4, 0])
  assert.ok(sum('active', 'rows') <= 4 && sum('active', 'rows') + sum('active', 'pending') >= 4)
})

test('metrics are those of the host that is asked', async () => {
  const { status, answer } = await admin.ask<string>('/metrics')
  assert.is(status, 200)
  const series = seriesIn(answer).filter(({ name }) => name === 'millrace_task_state')
  const { answer: all } = await admin.ask<TasksDocument>('/v1/tasks')
  const here = [...all.tasks, ...all.standbys].filter(({ host }) => host === 'one')
  assert.equal(
    series.map(({ labels }) => `${labels['task']} ${labels['role']} ${labels['host']}`).sort(),
    here.map(({ id, role }) => `${id} ${role} one`).sort(),
  )
})

test('what cannot be asked is refused with a code and a sentence', async () => {
  const refused: readonly (readonly [path: string, body: unknown, status: number, code: string])[] =
    [
      ['/v1/stores/none', undefined, 400, 'STORE_UNKNOWN'],
      ['/v1/stores/counts?limit=many', undefined, 400, 'OPTION_INVALID'],
      ['/v1/stores/counts?maxLag=-1', undefined, 400, 'OPTION_INVALID'],
      ['/v2/status', undefined, 404, 'NOT_FOUND'],
      ['/v1/orders', { task: 'wordcount/counts/0', order: 'dance' }, 400, 'ORDER_UNKNOWN'],
      ['/v1/orders', { task: 'wordcount/counts/9', order: 'restart' }, 400, 'TASK_UNKNOWN'],
    ]
  for (const [path, body, expected, code] of refused) {
    const { status, answer } = await admin.ask<ErrorDocument>(path, body)
    assert.equal([status, answer.error.code], [expected, code], path)
    assert.ok(answer.error.what.length > 10, path)
  }
})

test('an order reaches its task on whichever host it is', async () => {
  for (const n of [0, 1]) {
    const task = `wordcount/counts/${n}`
    const { answer } = await admin.ask('/v1/orders', { task, order: 'pause' })
    assert.equal(answer, { task, order: 'pause' })
  }
  await admin.clock.settle()
  const { answer } = await admin.ask<TasksDocument>('/v1/tasks')
  assert.equal(
    answer.tasks.filter(({ state }) => state === 'paused').map(({ id }) => id),
    ['wordcount/counts/0', 'wordcount/counts/1'],
  )
})

test('an order is logged with who gave it and why, a refused one is not', async () => {
  admin.logged.splice(0)
  const task = 'wordcount/counts/0'
  const by = 'ann@here'
  await admin.ask('/v1/orders', { task, order: 'pause', by, reason: 'a look' })
  await admin.ask('/v1/orders', { task: 'wordcount/counts/9', order: 'pause', by })
  assert.equal(
    admin.logged.filter(({ code }) => code === 'TASK_ORDERED'),
    [{ code: 'TASK_ORDERED', facts: { task, order: 'pause', by, reason: 'a look' } }],
  )
})

test('a paused task falls behind, and the host stays ready: somebody wanted it so', async () => {
  await admin.count('a b')
  const asked = admin.ask<LagDocument>('/v1/lag')
  await admin.clock.settle()
  const { answer } = await asked
  const counts = answer.partitions.filter(({ task }) => task.startsWith('wordcount/counts/'))
  assert.equal([...new Set(counts.map(({ state }) => state))], ['paused'])
  assert.is(answer.lag, 2)
  for (const { end, committed, lag } of counts) assert.is((end ?? 0) - (committed ?? 0), lag)
  assert.is((await admin.ask<Readiness>('/ready')).status, 200)
})

test('a host that does not answer is named, and the others are shown', async () => {
  admin.hosts[1]?.kill()
  const asked = admin.ask<TasksDocument>('/v1/tasks')
  await admin.clock.advance(6000)
  const { answer } = await asked
  assert.equal(
    answer.unanswered.map(({ host }) => host),
    ['two'],
  )
  assert.ok(answer.tasks.length >= 2)
})

test('the lag of what nobody answers for is unknown, and counted as that', async () => {
  const asked = admin.ask<LagDocument>('/v1/lag')
  await admin.clock.advance(6000)
  const { answer } = await asked
  const silent = answer.partitions.filter(({ lag }) => lag === null)
  assert.is(silent.length, answer.unknown)
  for (const { host, state, end, committed } of silent) {
    assert.equal([host, state, committed], [null, 'absent', null])
    assert.ok(end !== null)
  }
  assert.equal(
    answer.unanswered.map(({ host }) => host),
    ['two'],
  )
})

test.run()
