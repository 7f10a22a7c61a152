// The documents about hosts, over two of them: one whole, whoever is asked, and dead letters by host.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DeadLettersDocument, ErrorDocument, HostDocument } from '#runtime/admin/documents'
import { EventLog } from '#runtime/events/event-log'
import { AdminWorld } from '../../kit/admin-world.ts'

const admin = await AdminWorld.start()

test('a host is shown whole, the one that answers and any other', async () => {
  for (const id of ['one', 'two']) {
    const { status, answer } = await admin.ask<HostDocument>(`/v1/host?id=${id}`)
    assert.is(status, 200)
    assert.equal([answer.host.id, answer.host.state, answer.host.tasks], [id, 'active', 2])
    assert.equal([answer.tasks.length, answer.standbys.length], [2, 1])
    assert.ok(answer.tasks.every(({ host }) => host === id))
    assert.is(answer.isCoordinator, id === 'one')
    assert.equal([answer.facts?.topologies, answer.silence], [['wordcount'], null])
    assert.equal(
      answer.facts?.threads.map(({ worker }) => worker),
      [null],
    )
  }
})

test('what it said and what was done to it are its events, and no others', async () => {
  const broker = admin.broker()
  for (const [host, facts] of [
    ['two', {}],
    ['one', {}],
    [null, { host: 'two' }],
    [null, { host: 'one' }],
  ] as const) {
    const log = new EventLog({ broker, clock: admin.clock, application: 'app', host })
    const said = { level: 'info', by: null, reason: null, message: `${host} ${facts}` } as const
    log.add({ ...said, code: host === null ? 'DRAIN' : 'HOST_JOINED', host, facts })
    await admin.now(log.close())
  }
  const { answer } = await admin.ask<HostDocument>('/v1/host?id=two')
  assert.equal(
    answer.events.map(({ code }) => code),
    ['HOST_JOINED', 'DRAIN'],
  )
})

test('dead letters are told by host and thread', async () => {
  admin.hosts[1]?.running.deadLetters.add('two/host', { type: 'late' }, 'dead')
  const { answer } = await admin.ask<DeadLettersDocument>('/v1/deadletters')
  assert.equal(
    answer.hosts.map(({ host, threads }) => [
      host,
      ...threads.map(({ worker, letters }) => [worker, letters.map(({ type }) => type)]),
    ]),
    [
      ['one', [null, []]],
      ['two', [null, ['late']]],
    ],
  )
})

test('a host that does not answer is shown as the broker knows it, and why it does not is said', async () => {
  admin.hosts[1]?.kill()
  const asked = admin.ask<HostDocument>('/v1/host?id=two')
  await admin.clock.advance(6000)
  const { answer } = await asked
  assert.equal([answer.host.id, answer.facts], ['two', null])
  assert.ok((answer.silence ?? '').length > 10)
  const letters = admin.ask<DeadLettersDocument>('/v1/deadletters')
  await admin.clock.advance(6000)
  assert.equal(
    (await letters).answer.unanswered.map(({ host }) => host),
    ['two'],
  )
})

test('a host that there is not is refused', async () => {
  const { status, answer } = await admin.ask<ErrorDocument>('/v1/host?id=three')
  assert.equal([status, answer.error.code], [400, 'HOST_UNKNOWN'])
})

test.run()
