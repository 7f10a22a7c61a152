// Snapshots of the embedded broker are files beside its log. They keep the promises of every broker's; and
// whatever becomes of file or log, what is started from is a state that the log goes on from, or nothing.

import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type {
  CommitRef,
  Snapshot,
  SnapshotBytes,
  Snapshots,
  TaskSession,
} from '#protocols/broker/broker'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { commitLog } from '#protocols/messages/commit-header'
import type { LogBroker } from '#stores/log/log-broker'
import { snapshotContract } from '../../contracts/broker.ts'
import {
  changesOf,
  claimOf,
  gather,
  refuses,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { directoryBroker, TurnedClock, worldOf } from './brokers.ts'

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
const task = claimOf('h1')

for (const durability of ['os', 'fsync'] as const) {
  const make = async () => {
    const clock = new TurnedClock()
    const directory = tempDir()
    return worldOf(clock, () => directoryBroker(directory, { durability, clock }))
  }
  snapshotContract(`directory, ${durability}`, make, { trims: false, keeps: 1 })
}

interface World {
  readonly directory: string
  readonly clock: TurnedClock
  readonly broker: LogBroker
  readonly snapshots: Snapshots
  readonly session: TaskSession
}

const test = suite('snapshots beside a log')

/** A law in a directory of its own, with a task that is claimed. */
function law(title: string, body: (world: World) => Promise<void>): void {
  test(title, async () => {
    const directory = tempDir()
    const clock = new TurnedClock()
    const broker = directoryBroker(directory, { clock })
    const { snapshots } = broker
    if (snapshots === null) throw new Error('a directory keeps snapshots')
    try {
      const session = await broker.claim(task)
      await body({ directory, clock, broker, snapshots, session })
    } finally {
      await broker.close()
    }
  })
}

law('a copy is proved against what was stored', async (world) => {
  const stored = await put(world, await commits(world, 'a=1'), pieces('a state'))
  const { file } = world.snapshots.read(task, stored)
  const copy = join(tempDir(), 'copy')
  cpSync(file?.path ?? '', copy)
  await file?.prove(copy)
  writeFileSync(copy, 'a_state')
  await refuses('SNAPSHOT_DAMAGED', () => file?.prove(copy))
})

for (const [title, spoil, why] of [
  ['a byte that changed', (path: string) => writeFileSync(path, 'A state'), 'block at byte 0'],
  ['a lost end', (path: string) => writeFileSync(path, 'a sta'), 'block at byte 0'],
  ['a file that is gone', (path: string) => rmSync(path), 'its file is gone'],
] as const) {
  law(`${title} is named by who reads it, and there is no snapshot any more`, async (world) => {
    const { snapshots } = world
    const stored = await put(world, await commits(world, 'a=1'), pieces('a state'))
    spoil(fileOf(world, stored))
    const error = await refuses('SNAPSHOT_DAMAGED', () => textOf(world, stored))
    assert.match(error.message, why)
    assert.equal(await snapshots.list(task), [])
    assert.equal(filesIn(world), [])
    assert.ok(await put(world, await commits(world, 'a=2'), pieces('another')))
  })
}

law('a file that is cut short, or gone, is no snapshot before anybody reads it', async (world) => {
  for (const spoil of [(path: string) => writeFileSync(path, ''), rmSync]) {
    spoil(fileOf(world, await put(world, await commits(world, 'a=1'), pieces('a state'))))
    assert.equal(await world.snapshots.list(task), [])
  }
})

law(
  'who has begun to read a snapshot reads it to its end when another one replaces it',
  async (world) => {
    const first = await put(world, await commits(world, 'a=1'), pieces('first'))
    const large = Buffer.alloc(9_000_000, 'x')
    const stored = await put(world, await commits(world, 'a=2'), pieces(large))
    const reading = world.snapshots.read(task, stored)[Symbol.asyncIterator]()
    let bytes = (await reading.next()).value?.length ?? 0
    await put(world, await commits(world, 'a=3'), pieces('next'))
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
      bytes += next.value.length
    }
    assert.is(bytes, large.length)
    await refuses('SNAPSHOT_DAMAGED', () => textOf(world, first))
  },
)

law(
  'a snapshot stands when compaction merges its commit with others, and goes with the first tombstone',
  async (world) => {
    const { broker, clock, session, snapshots } = world
    const refs: CommitRef[] = []
    for (const change of ['a=1', 'b=1', 'a=2', 'b=', 'c=1']) refs.push(await commits(world, change))
    const covers = refs[1] ?? session.head
    const merged = () => broker.commits(task, covers.next, () => {})
    const stored = await put(world, covers, pieces('a=1 b=1'))
    assert.ok((await broker.maintain()).recordsCompacted > 0)
    assert.equal(await snapshots.list(task), [stored])
    assert.equal(texts(await gather(merged(), session.head.next)), ['a=2', 'b=', 'c=1'])
    await clock.advance(DAY_MS)
    await broker.maintain()
    assert.equal(await snapshots.list(task), [], 'the log has lost a deletion that comes after it')
    await refuses('OFFSET_OUT_OF_RANGE', async () => merged().take(1))
    assert.equal(filesIn(world), [], 'its file is collected')
    assert.ok(await put(world, session.head, pieces('a=2 c=1')))
  },
)

law(
  'a commit that compaction merged with others can be covered, one of another history cannot',
  async (world) => {
    const { broker } = world
    const covers = await commits(world, 'a=1')
    for (const change of ['a=2', 'a=3', 'b=1']) await commits(world, change)
    assert.ok((await broker.maintain()).recordsCompacted > 0)
    for (const change of [{ tag: 'other' }, { history: 'other' }, { number: 9 }]) {
      assert.is(await tryPut(world, { ...covers, ...change }, pieces('x')), null)
    }
    assert.ok(await put(world, covers, pieces('a=1')))
  },
)

law(
  'files that no row names go an hour after they were begun, and what is named stays',
  async (world) => {
    const { broker, clock } = world
    const stored = await put(world, await commits(world, 'a=1'), pieces('a state'))
    const [topicId] = stored.id.split('.')
    // As a process leaves it that dies before it says that the file is whole.
    writeFileSync(join(world.directory, 'snapshots', `${topicId}.1.${clock.now()}.left`), 'half')
    assert.is((await broker.maintain()).filesCollected, 0)
    await clock.advance(HOUR_MS)
    assert.is((await broker.maintain()).filesCollected, 1)
    assert.is(await textOf(world, stored), 'a state')
  },
)

law(
  'files of a topic that is dropped go at once, and those left by who was storing one then',
  async (world) => {
    const { broker } = world
    const stored = await put(world, await commits(world, 'a=1'), pieces('a state'))
    const covers = await commits(world, 'a=2')
    async function* dropping(): AsyncGenerator<Uint8Array> {
      yield utf8('late')
      await broker.topics.drop(commitLog(task).topic)
      assert.equal(filesIn(world).includes(stored.id), false)
    }
    await refuses('TOPIC_UNKNOWN', () => tryPut(world, covers, dropping()))
    assert.equal(filesIn(world), [])
    writeFileSync(join(world.directory, 'snapshots', `${stored.id}x`), 'left')
    assert.is((await broker.maintain()).filesCollected, 1)
  },
)

law('a snapshot that took too long to store is not named', async (world) => {
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield utf8('late')
    await world.clock.advance(HOUR_MS)
  }
  assert.is(await tryPut(world, await commits(world, 'a=1'), slow()), null)
  assert.equal(filesIn(world), [])
})

test('a log that lost its end lost the snapshots of it, and the next history never finds them', async () => {
  const directory = tempDir()
  const before = join(tempDir(), 'log')
  const open = () => directoryBroker(directory, { durability: 'fsync' })
  const lifeOf = async (
    run: (world: Pick<World, 'snapshots' | 'session' | 'directory'>) => Promise<void>,
  ) => {
    const broker = open()
    const session = await broker.claim(task)
    if (broker.snapshots !== null) await run({ directory, snapshots: broker.snapshots, session })
    await broker.close()
  }
  await lifeOf(async (world) => {
    await commits(world, 'a=1')
  })
  cpSync(join(directory, 'data.mdb'), before)
  await lifeOf(async (world) => {
    await put(world, await commits(world, 'a=2'), pieces('a=2'))
  })
  cpSync(before, join(directory, 'data.mdb'))
  rmSync(join(directory, 'lock.mdb'), { force: true })
  await lifeOf(async (world) => {
    assert.equal(await world.snapshots.list(task), [])
    for (const change of ['a=3', 'a=4', 'a=5']) await commits(world, change)
    assert.equal(await world.snapshots.list(task), [])
    assert.ok(existsSync(join(directory, 'snapshots')))
  })
})

law('a copy of a log comes without files, and has no snapshots', async (world) => {
  await put(world, await commits(world, 'a=1'), pieces('a state'))
  const copy = join(tempDir(), 'copy')
  await world.broker.backup(copy)
  const restored = directoryBroker(copy)
  assert.equal(await restored.snapshots?.list(task), [])
  assert.is((await restored.claim(task)).head.number, 1)
  await restored.close()
})

test.run()

const commits = ({ session }: Pick<World, 'session'>, change: string): Promise<CommitRef> =>
  session.commit(transactionOf({ changes: changesOf([change]) }))

type Keeper = Pick<World, 'snapshots'>

const tryPut = (
  { snapshots }: Keeper,
  covers: CommitRef,
  bytes: SnapshotBytes,
): Promise<Snapshot | null> => snapshots.put(task, { covers, logged: 0, shape: [] }, bytes)

async function put(world: Keeper, covers: CommitRef, bytes: SnapshotBytes): Promise<Snapshot> {
  const stored = await tryPut(world, covers, bytes)
  if (stored === null) throw new Error('it is wanted')
  return stored
}

async function* pieces(...all: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) yield typeof piece === 'string' ? utf8(piece) : piece
}

async function textOf({ snapshots }: Keeper, snapshot: Snapshot): Promise<string> {
  let text = ''
  for await (const piece of snapshots.read(task, snapshot)) text += fromUtf8(piece)
  return text
}

const fileOf = ({ directory }: World, { id }: Snapshot): string => join(directory, 'snapshots', id)

const filesIn = ({ directory }: World): string[] => readdirSync(join(directory, 'snapshots'))
