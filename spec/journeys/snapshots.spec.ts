// A host counts words over NATS until its commit logs were trimmed to their snapshots; then it is killed,
// and a host whose directory is empty goes on from a snapshot and what the log has after it.

import { fileURLToPath } from 'node:url'
import { connect } from 'nats'
import * as assert from 'uvu/assert'
import type { Broker, TaskName } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { TasksDocument } from '#runtime/admin/documents'
import { type HostProcess, millrace } from '../kit/host-process.ts'
import { type NatsServer, natsSuite } from '../kit/nats-server.ts'
import { jetBroker } from '../protocols/jetstream/jet-world.ts'
import { NatsWords, PARTITIONS } from './nats-words.ts'

const ROUNDS_MAX = 200
const inMemory = fileURLToPath(new URL('words-memory.ts', import.meta.url))

const tasks = Array.from({ length: PARTITIONS }, (_, partition): TaskName => {
  return { application: 'words', topology: 'wordcount', subtopology: 'counts', partition }
})

await natsSuite('snapshots of stores in memory', {}, (test, server) => {
  test('a host that kept its stores in memory and was killed has them from a snapshot and the log', async () => {
    const facts = { vocabulary: 20_000, snapshotBytes: 20_000, log: 'info' }
    const world = await NatsWords.open(server, { ...facts, actors: [{ topology: inMemory }] })
    const { lines, updates } = world
    const keeper = await jetBroker(server)
    try {
      const one = world.host('one')
      await one.ready()
      await untilSnapshots(world, one)
      assert.ok((await keeper.maintain()).messagesTrimmed > PARTITIONS)
      await world.feed(1)
      await one.signal('SIGKILL')
      const again = world.host('one')
      await again.ready()
      await world.feed(2)
      await world.reach(lines.words)
      const installed = again.log.filter((line) => line.includes('SNAPSHOT_INSTALLED'))
      assert.is(installed.length, PARTITIONS, again.log.join('\n'))
      await again.signal('SIGTERM')
      assert.is(await again.exit, 0)
      assert.equal([updates.count, updates.wrong], [lines.words, []])
      assert.equal(updates.totals, lines.totals)
    } finally {
      await keeper.close()
      await world.close()
    }
  })
})

await natsSuite('snapshots', {}, (test, server) => {
  test('a host with an empty directory starts from a snapshot where the log was trimmed', async () => {
    const facts = { vocabulary: 20_000, snapshotBytes: 20_000, log: 'info' }
    const world = await NatsWords.open(server, facts)
    const { lines, updates } = world
    const keeper = await jetBroker(server)
    try {
      const one = world.host('one')
      await one.ready()
      await untilSnapshots(world, one)
      const { messagesTrimmed } = await keeper.maintain()
      assert.ok(messagesTrimmed > PARTITIONS, `${messagesTrimmed} commits and claims went`)
      for (const task of tasks) assert.is(await codeAtBeginning(keeper, task), 'LOG_TRIMMED')
      await world.feed(1)
      await one.signal('SIGKILL')
      const two = world.host('two')
      await two.ready()
      await world.feed(2)
      await world.reach(lines.words)
      const installed = two.log.filter((line) => line.includes('SNAPSHOT_INSTALLED'))
      assert.is(installed.length, PARTITIONS, two.log.join('\n'))
      const asked = await millrace(['tasks', '--json', '--broker', server.url, '--app', 'words'])
      const running: TasksDocument = JSON.parse(asked.stdout) // what the command prints
      const counting = running.tasks.filter(({ id }) => id.includes('/counts/'))
      assert.equal(
        counting.map(({ restoredFrom }) => restoredFrom > 0),
        tasks.map(() => true),
      )
      await two.signal('SIGTERM')
      assert.is(await two.exit, 0)
      assert.is(updates.count, lines.words)
      assert.equal(updates.wrong, [])
      assert.equal(updates.totals, lines.totals)
      assert.ok((await snapshotStreams(server)) > 0)
      await world.beginAnew()
      assert.is(await snapshotStreams(server), 0)
    } finally {
      await keeper.close()
      await world.close()
    }
  })
})

/** Whether every task has two, so that its log can be trimmed. */
/** Feeds until every task has two. */
async function untilSnapshots(world: NatsWords, { log }: HostProcess): Promise<void> {
  for (let round = 0; !(await haveSnapshots(world.broker)); round++) {
    assert.ok(round < ROUNDS_MAX, log.join('\n'))
    await world.feed(round)
    await world.reach(world.lines.words)
  }
}

async function haveSnapshots({ snapshots }: Broker): Promise<boolean> {
  for (const task of tasks) {
    const found = await snapshots?.list(task).catch(() => [])
    if (found?.length !== 2) return false
  }
  return true
}

/** Streams that keep pieces of snapshots. */
async function snapshotStreams(server: NatsServer): Promise<number> {
  const connection = await connect({ servers: server.address })
  try {
    const { streams } = await connection.jetstreamManager()
    return (await streams.names('millrace.s.>').next()).length
  } finally {
    await connection.close()
  }
}

/** What reading a commit log from its beginning is refused with. */
async function codeAtBeginning(broker: Broker, task: TaskName): Promise<string> {
  let ring: () => void = () => {}
  const rung = new Promise<void>((resolve) => {
    ring = resolve
  })
  const reader = broker.commits(task, 'earliest', () => ring())
  try {
    if (reader.take(1).length > 0) return 'records'
    await rung
    return reader.take(1).length > 0 ? 'records' : 'none'
  } catch (error) {
    return isMillraceError(error) ? error.code : String(error)
  } finally {
    reader.close()
  }
}
