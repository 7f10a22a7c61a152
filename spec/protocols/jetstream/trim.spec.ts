// Trimming leaves of a commit log what its next owner needs, and takes the rest with all its parts.

import { connect } from 'nats'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommitRef } from '#protocols/broker/broker'
import { EMPTY, utf8 } from '#protocols/core/bytes'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import { commitLog, commitRefOf, decodeCommitHeader } from '#protocols/messages/commit-header'
import {
  appendTo,
  eventually,
  recordsIn,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { SnapshotWorld, task } from './snapshot-world.ts'

await natsSuite('jetstream trimming', { config: 'max_payload: 65536' }, (test, server) => {
  idleLaws(test, server)
  test('a commit whose outputs are missing stays until an owner forwarded them', async () => {
    const world = new SnapshotWorld(server)
    const broker = await opened(world)
    const die = (point: Point, commits: number) =>
      world.life(point, 1, async (mortal) => {
        const session = await mortal.claim(task)
        for (let i = 0; i < commits; i++) await world.commit(session)
      })
    await die('commit-stored', 1)
    // Claims that did not come to the repair; all that is before the last but one is covered twice.
    for (let claims = 0; claims < 3; claims++) {
      await die('claim-stored', 0)
      assert.ok(await world.put(broker, await newest(broker)))
    }
    const { messagesTrimmed } = await broker.maintain()
    assert.is(messagesTrimmed, 2, 'the first two claims')
    await world.check(broker)
    await broker.close()
  })

  test('a commit goes with its parts, and of those that stay all parts do', async () => {
    const world = new SnapshotWorld(server)
    const broker = await opened(world)
    const session = await broker.claim(task)
    // The third, sixth and ninth are stored in two parts each.
    for (let n = 1; n <= 9; n++) {
      const ref = await world.commit(session)
      if (n >= 8) await world.put(broker, ref)
    }
    const before = await subjectsOf(server, broker)
    assert.equal([before.commits, before.parts], [10, 6])
    await broker.maintain()
    const after = await subjectsOf(server, broker)
    assert.equal([after.commits, after.parts], [2, 2], 'the covered one and the one after it')
    await world.check(broker)
    await broker.close()
  })

  test('nothing more goes for a snapshot whose commit the log lost', async () => {
    const world = new SnapshotWorld(server)
    const broker = await opened(world)
    const session = await broker.claim(task)
    const refs: CommitRef[] = []
    for (let n = 0; n < 3; n++) refs.push(await world.commit(session))
    for (const ref of refs.slice(1)) await world.put(broker, ref)
    await loseLast(server, broker)
    assert.equal(
      (await broker.snapshots.list(task)).map(({ covers }) => covers),
      refs.slice(1, 2),
    )
    assert.is((await broker.maintain()).messagesTrimmed, 0)
    const log = broker.commits(task, 'earliest', () => {})
    await eventually('the log from its beginning', () => (log.take(1).length > 0 ? true : null))
    log.close()
    await broker.close()
  })
})

/** Of commits that change nothing. */
function idleLaws(test: Test, server: NatsServer): void {
  test('a log of commits that change nothing is a few messages, however long it is written to', async () => {
    const world = new SnapshotWorld(server, { hasIdle: true })
    const broker = await opened(world)
    const session = await broker.claim(task)
    for (let n = 1; n <= 300; n++) {
      const meta = utf8('x'.repeat(n % 10 === 0 ? 70_000 : 1))
      await session.commit(transactionOf({ outputs: [appendTo('out', 0, [`n=${n}`])], meta }))
      // Each round is another process's as often as not.
      if (n % 25 === 0) await (n % 50 === 0 ? world.maintained() : broker.maintain())
    }
    await broker.maintain()
    assert.equal(await subjectsOf(server, broker), { commits: 1, parts: 2 })
    const outputs = Array.from({ length: 300 }, (_, i) => `n=${i + 1}`)
    assert.equal(texts(await recordsIn(broker, 'out')), outputs)
    await broker.close()
  })

  test('what came a moment ago stays, and parts that no commit has are collected', async () => {
    const world = new SnapshotWorld(server)
    const broker = await opened(world)
    const session = await broker.claim(task)
    for (let n = 0; n < 5; n++) await session.commit(transactionOf())
    assert.is((await broker.maintain()).messagesTrimmed, 0)
    const eager = new SnapshotWorld(server, { hasIdle: true })
    const other = await opened(eager)
    await eager.life('part-stored', 2, async (mortal) => {
      const lost = await mortal.claim(task)
      await lost.commit(transactionOf({ meta: utf8('x'.repeat(100_000)) }))
    })
    const next = await other.claim(task)
    for (let n = 0; n < 3; n++) await next.commit(transactionOf())
    assert.equal(await subjectsOf(server, other), { commits: 5, parts: 2 })
    await other.maintain()
    assert.equal(await subjectsOf(server, other), { commits: 1, parts: 0 })
    await Promise.all([broker.close(), other.close()])
  })
}

async function opened(world: SnapshotWorld): Promise<JetBroker> {
  const broker = await world.open()
  await broker.topics.ensure({ name: 'out', partitions: 1 })
  return broker
}

/** What the newest commit or claim of the log is called. */
async function newest(broker: JetBroker): Promise<CommitRef> {
  const end = (await broker.topics.describe(commitLog(task).topic))?.bounds[0]?.next ?? 0
  const reader = broker.commits(task, 'earliest', () => {})
  let found: CommitRef | null = null
  const ref = await eventually('the end of the log', () => {
    for (const { batch, next } of reader.take(1 << 20)) {
      found = commitRefOf(decodeCommitHeader(batch.commit ?? EMPTY), next)
    }
    return reader.position >= end ? found : null
  })
  reader.close()
  return ref
}

async function subjectsOf(server: NatsServer, broker: JetBroker) {
  return onStream(server, broker, async (streams, name) => {
    const { state } = await streams.info(name, { subjects_filter: '>' })
    const count = (kind: string): number =>
      Object.entries(state.subjects ?? {})
        .filter(([subject]) => subject.split('.')[1] === kind)
        .reduce((sum, [, messages]) => sum + messages, 0)
    return { commits: count('t'), parts: count('p') }
  })
}

/** As a loss of power may do it. */
const loseLast = (server: NatsServer, broker: JetBroker): Promise<unknown> =>
  onStream(server, broker, async (streams, name) => {
    const { state } = await streams.info(name)
    await streams.deleteMessage(name, state.last_seq)
  })

type Streams = Awaited<
  ReturnType<Awaited<ReturnType<typeof connect>>['jetstreamManager']>
>['streams']

/** Runs on the stream of the task's commit log; of this server's streams, the newest that has it. */
async function onStream<T>(
  server: NatsServer,
  broker: JetBroker,
  run: (streams: Streams, name: string) => Promise<T>,
): Promise<T> {
  assert.ok(await broker.topics.describe(commitLog(task).topic), 'the log is there')
  const connection = await connect({ servers: server.address })
  try {
    const { streams } = await connection.jetstreamManager()
    const found = (await streams.list().next()).filter(({ config }) => config.name.endsWith('_0'))
    const logs = found.filter(({ config }) => config.name.includes('changelog'))
    logs.sort((a, b) => (a.created < b.created ? 1 : -1))
    return await run(streams, logs[0]?.config.name ?? '')
  } finally {
    await connection.close()
  }
}
