// Laws of snapshots, and of what they allow to be taken from a commit log.

import * as assert from 'uvu/assert'
import type { Broker, CommitRef, Snapshot, Snapshots, TaskSession } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { commitLog } from '#protocols/messages/commit-header'
import {
  type BrokerWorld,
  boundsOf,
  changesOf,
  claimOf,
  type Declare,
  endOf,
  gather,
  inputAt,
  type Law,
  recordsIn,
  refuses,
  refusesTake,
  texts,
  transactionOf,
} from './broker-kit.ts'

const task = claimOf('h1')

const keeping: Readonly<Record<string, Law>> = {
  'a snapshot that was put is there for every broker, byte by byte': async (world) => {
    const [broker, other] = [await world.open(), await world.open()]
    const ref = await commits(await broker.claim(task), ['a=1'])
    const facts = { covers: ref, logged: 17, shape: ['counts keyvalue'] }
    const stored = await of(broker).put(task, facts, piecesOf('left ', 'and right'))
    assert.equal(await of(other).list(task), [stored])
    assert.equal(stored, { ...stored, ...facts, bytes: 14 })
    assert.is(await textOf(other, stored), 'left and right')
  },

  'a snapshot of a commit that is not on the log, or is no newer, is not kept': async (world) => {
    const broker = await world.open()
    const session = await broker.claim(task)
    const [first, second] = [await commits(session, ['a=1']), await commits(session, ['a=2'])]
    const strangers: Partial<CommitRef>[] = [
      { tag: 'other' },
      { history: 'other' },
      { number: first.number + 1 },
      { next: second.next },
    ]
    for (const change of strangers) assert.is(await put(broker, { ...first, ...change }, 'x'), null)
    assert.ok(await put(broker, second, 's2'))
    for (const ref of [second, first]) assert.is(await put(broker, ref, 'x'), null)
    assert.is((await of(broker).list(task)).length, 1)
  },

  'of snapshots that are stored at the same time the newest is first': async (world) => {
    const [broker, other] = [await world.open(), await world.open()]
    const session = await broker.claim(task)
    const [first, second] = [await commits(session, ['a=1']), await commits(session, ['a=2'])]
    await Promise.all([put(broker, first, 's1'), put(other, second, 's2')])
    const [newest] = await of(broker).list(task)
    assert.is(await textOf(broker, newest), 's2')
  },

  'bytes whose source fails are no snapshot': async (world) => {
    const broker = await world.open()
    const ref = await commits(await broker.claim(task), ['a=1'])
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield utf8('half')
      throw new Error('no more')
    }
    const facts = { covers: ref, logged: 0, shape: [] }
    const outcome = await of(broker)
      .put(task, facts, failing())
      .catch((error: Error) => error.message)
    assert.is(outcome, 'no more')
    assert.equal(await of(broker).list(task), [])
  },

  'snapshots go with their commit log, and are not those of the next one': async (world) => {
    const broker = await world.open()
    const ref = await commits(await broker.claim(task), ['a=1'])
    await put(broker, ref, 'old')
    await broker.topics.drop(commitLog(task).topic)
    await refuses('TOPIC_UNKNOWN', () => of(broker).list(task))
    const session = await broker.claim(task)
    assert.equal(await of(broker).list(task), [])
    assert.is(await put(broker, ref, 'old'), null)
    assert.ok(await put(broker, await commits(session, ['a=2']), 'new'))
  },
}

const newestAreKept =
  (count: 1 | 2): Law =>
  async (world) => {
    const broker = await world.open()
    const session = await broker.claim(task)
    for (const n of [1, 2, 3]) await put(broker, await commits(session, [`a=${n}`]), `s${n}`)
    const found = await of(broker).list(task)
    const texts = await Promise.all(found.map((it) => textOf(broker, it)))
    assert.equal(texts, ['s3', 's2'].slice(0, count))
  }

const trimming: Readonly<Record<string, Law>> = {
  'a log is trimmed to the older of two snapshots, and no further': async (world) => {
    const broker = await world.open()
    const session = await broker.claim(task)
    const refs: CommitRef[] = []
    for (const n of [1, 2, 3, 4]) {
      refs.push(await commits(session, [`a=${n}`]))
      if (n === 2 || n === 4) await put(broker, there(refs[n - 1]), `s${n}`)
      await world.maintain()
      const { first } = await boundsOf(broker, commitLog(task).topic)
      assert.is(first < nextOf(refs[1]), n < 4, `after ${n}`)
    }
    const [, second] = refs
    const tail = session.restore(nextOf(second), () => {})
    assert.equal(texts(await gather(tail, session.head.next)), ['a=3', 'a=4'])
  },

  'a trimmed log has its head, positions and fence': async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'out', partitions: 2 })
    const session = await broker.claim(task)
    for (const n of [1, 2, 3]) await put(broker, await commits(session, [`a=${n}`], n), `s${n}`)
    await world.maintain()
    const next = await broker.claim(claimOf('h2'))
    assert.equal([next.epoch, next.head.number], [2, 3])
    assert.equal([next.positions, next.head.history], [[inputAt(3)], session.head.history])
    await refuses('TASK_FENCED', () => session.commit(transactionOf()))
    await commits(next, ['a=4'])
  },

  'a state that the log no longer reaches is refused, from nothing or from behind': async (
    world,
  ) => {
    const [broker, other] = [await world.open(), await world.open()]
    const { session, refs } = await trimmed(world, broker)
    const [first, second] = refs
    await refusesTake('LOG_TRIMMED', () => session.restore('earliest', () => {}))
    await refusesTake('LOG_TRIMMED', () => other.commits(task, 'earliest', () => {}))
    const behind = nextOf(first)
    await refusesTake('OFFSET_OUT_OF_RANGE', () => session.restore(behind, () => {}))
    await refusesTake('OFFSET_OUT_OF_RANGE', () => other.commits(task, behind, () => {}))
    const log = other.commits(task, nextOf(second), () => {})
    assert.equal(texts(await gather(log, session.head.next)), ['a=3'])
    assert.is(await endOf(broker, commitLog(task).topic), session.head.next)
    assert.equal(texts(await recordsIn(broker, commitLog(task).topic)), ['a=3'])
  },

  'who was reading from the beginning when the log was trimmed is told': async (world) => {
    const broker = await world.open()
    const session = await broker.claim(task)
    const first = await commits(session, ['a=1'])
    const slow = session.restore('earliest', () => {})
    assert.equal(texts(await gather(slow, first.next)), ['a=1'])
    for (const n of [2, 3, 4]) await put(broker, await commits(session, [`a=${n}`]), `s${n}`)
    // What had arrived is in order and may still be given; nothing is passed over.
    await world.maintain()
    const late = session.restore(first.next, () => {})
    await refusesTake('OFFSET_OUT_OF_RANGE', () => late)
  },
}

/** @param keeps how many of a task */
export function snapshotLaws(law: Declare, keeps: 1 | 2): void {
  const newest =
    keeps === 1 ? 'newest snapshot is kept' : 'newest two snapshots are kept, newest first'
  law(`the ${newest}`, newestAreKept(keeps))
  for (const [title, body] of Object.entries(keeping)) law(title, body)
}

/** Of brokers that trim. */
export function trimLaws(law: Declare): void {
  for (const [title, body] of Object.entries(trimming)) law(title, body)
}

const of = ({ snapshots }: Broker): Snapshots => there(snapshots)

/** Of a commit there may be later: everything is before it. */
const nextOf = (ref: CommitRef | undefined): Offset => ref?.next ?? offset(Number.MAX_SAFE_INTEGER)

function there<T>(found: T | null | undefined): T {
  if (found == null) throw new Error('it is there')
  return found
}

const commits = (session: TaskSession, changes: readonly string[], at = 1): Promise<CommitRef> =>
  session.commit(transactionOf({ positions: [inputAt(at)], changes: changesOf(changes) }))

const put = (broker: Broker, covers: CommitRef, text: string): Promise<Snapshot | null> =>
  of(broker).put(task, { covers, logged: 0, shape: [] }, piecesOf(text))

async function* piecesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield utf8(piece)
}

async function textOf(broker: Broker, snapshot: Snapshot | null | undefined): Promise<string> {
  const pieces: string[] = []
  for await (const piece of of(broker).read(task, there(snapshot))) {
    pieces.push(fromUtf8(piece))
  }
  return pieces.join('')
}

/** Three commits, of which the second is covered by the older snapshot. */
async function trimmed(
  world: BrokerWorld,
  broker: Broker,
): Promise<{ session: TaskSession; refs: readonly CommitRef[] }> {
  const session = await broker.claim(task)
  const refs: CommitRef[] = []
  for (const n of [1, 2, 3]) {
    const ref = await commits(session, [`a=${n}`])
    refs.push(ref)
    await put(broker, ref, `s${n}`)
  }
  await world.maintain()
  return { session, refs }
}
