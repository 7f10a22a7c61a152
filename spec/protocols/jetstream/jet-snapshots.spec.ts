// Snapshots over NATS: whoever dies while one is stored, or while a log is trimmed to it, leaves a state
// that can be found; what is damaged is named and passed over; what nobody needs goes.

import fc from 'fast-check'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommitRef, Snapshot } from '#protocols/broker/broker'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import { commitLog } from '#protocols/messages/commit-header'
import { boundsOf, refuses, transactionOf } from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { jetWorld } from './jet-world.ts'
import { type RawPieces, withPieces } from './raw-pieces.ts'
import { Dies, read, SnapshotWorld, task } from './snapshot-world.ts'

const POINTS: readonly Point[] = [
  'piece-stored',
  'snapshot-stored',
  'floor-raised',
  'commits-removed',
]

await natsSuite('jetstream snapshots', { config: 'max_payload: 65536' }, (test, server) => {
  crashLaws(test, server)
  damageLaws(test, server)
  collectionLaws(test, server)
  lossLaws(test, server)
})

function crashLaws(test: Test, server: NatsServer): void {
  for (const point of POINTS) {
    test(`whoever dies at ${point}, wherever it is then, leaves a state that is found`, async () => {
      const world = new SnapshotWorld(server, { hasIdle: true })
      const witness = await world.open()
      await witness.topics.ensure({ name: 'out', partitions: 1 })
      let deaths = 0
      for (let nth = 1; nth <= 5; nth++) {
        const isDead = await world.life(point, nth, async (broker) => {
          const session = await broker.claim(task)
          for (let i = 0; i < 3; i++) {
            await world.commit(session)
            await world.put(broker, await world.commit(session))
            await broker.maintain()
          }
        })
        if (isDead) deaths++
        await world.check(witness)
      }
      assert.ok(deaths > 0, 'somebody died there')
      await witness.maintain()
      await world.check(witness)
      await witness.close()
    })
  }

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('commit' as const) },
    { weight: 2, arbitrary: fc.constant('snapshot' as const) },
    { weight: 2, arbitrary: fc.constant('maintain' as const) },
    { weight: 1, arbitrary: fc.constant('claim' as const) },
  )
  const point = fc.constantFrom<Point>(...POINTS, 'part-stored', 'commit-stored', 'claim-stored')
  const life = fc.record({ point, nth: fc.integer({ min: 1, max: 6 }), steps: fc.array(step) })

  for (const hasIdle of [false, true]) {
    const what = hasIdle ? ', with commits that change nothing' : ''
    test(`the state is found after any lives and deaths, and the log is no longer than two snapshots${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), async (lives) => {
          const world = new SnapshotWorld(server, { hasIdle })
          const witness = await world.open()
          await witness.topics.ensure({ name: 'out', partitions: 1 })
          for (const { point, nth, steps } of lives) {
            await world.life(point, nth, (broker) => run(world, broker, steps))
            await world.check(witness)
          }
          await witness.maintain()
          const [, older] = (await witness.snapshots.list(task)) ?? []
          const { first } = await boundsOf(witness, commitLog(task).topic)
          assert.ok(first >= (older?.covers.next ?? 0), 'nothing is kept that two snapshots have')
          await world.check(witness)
          await witness.close()
        }),
        { numRuns: 12 },
      )
    })
  }
}

async function run(
  world: SnapshotWorld,
  broker: JetBroker,
  steps: readonly ('commit' | 'snapshot' | 'maintain' | 'claim')[],
): Promise<void> {
  let session = await broker.claim(task)
  for (const step of steps) {
    if (step === 'commit') await world.commit(session)
    else if (step === 'snapshot') await world.put(broker, session.head)
    else if (step === 'maintain') await broker.maintain()
    else session = await broker.claim(task)
  }
}

function damageLaws(test: Test, server: NatsServer): void {
  /** Two snapshots, the newer of them with a piece that a server lost or changed. */
  async function damaged(spoil: (pieces: RawPieces) => Promise<void>) {
    const world = new SnapshotWorld(server)
    const broker = await world.open()
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(task)
    const stored: Snapshot[] = []
    for (let n = 0; n < 2; n++) {
      for (let i = 0; i < 4; i++) await world.commit(session)
      const snapshot = await world.put(broker, session.head)
      if (snapshot !== null) stored.push(snapshot)
    }
    await broker.maintain()
    await world.commit(session)
    const newer = stored[1] as Snapshot // both were stored
    await withPieces(server, `${world.namespace}.s.*.0.${newer.id}`, spoil)
    const error = await refuses('SNAPSHOT_DAMAGED', () => read(broker, newer))
    assert.match(error.message, newer.id)
    assert.equal(await broker.snapshots.list(task), stored.slice(0, 1), 'it is listed no more')
    await world.check(broker)
    await broker.maintain()
    await world.check(broker)
    await broker.close()
    return error
  }

  test('a snapshot that lost a piece is named, and the older one has the state', async () => {
    const error = await damaged(({ remove }) => remove(1))
    assert.match(error.message, 'piece 1')
  })

  test('a piece that is not what was stored is named, and the older one has the state', async () => {
    const error = await damaged(async ({ remove, add, last }) => {
      await remove(last)
      await add(`s ${last} 1 0`, 'other bytes')
    })
    assert.match(error.message, 'is not what was stored')
  })

  test('a snapshot that lost its end is named', async () => {
    const error = await damaged(({ remove, last }) => remove(last))
    assert.match(error.message, 'is missing')
  })

  async function withOne(spoil: (pieces: RawPieces) => Promise<void>) {
    const world = new SnapshotWorld(server)
    const broker = await world.open()
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(task)
    for (let i = 0; i < 4; i++) await world.commit(session)
    const stored = await world.put(broker, session.head)
    assert.ok(stored !== null)
    if (stored === null) return
    await withPieces(server, `${world.namespace}.s.*.0.${stored.id}`, spoil)
    assert.equal(await read(broker, stored), world.model(4))
    await broker.close()
  }

  test('a piece that was sent twice is read once', () =>
    withOne(({ add }) => add('s 0 1 0', 'as a late copy of the first piece would be')))

  test('a piece that was stored after those that follow it is read in its place', () =>
    withOne(async ({ last, defer }) => {
      assert.ok(last > 0)
      await defer(0)
    }))
}

function collectionLaws(test: Test, server: NatsServer): void {
  test('pieces that nobody names go after an hour, and those of kept snapshots stay', async () => {
    const world = jetWorld({ servers: [server.address] })
    const broker = await world.open()
    const session = await broker.claim(task)
    const refs: CommitRef[] = []
    for (let n = 0; n < 3; n++) refs.push(await session.commit(NOTHING))
    const put = (covers: CommitRef, pieces: AsyncIterable<Uint8Array>) =>
      broker.snapshots.put(task, { covers, logged: 0, shape: [] }, pieces)
    for (const ref of refs) await put(ref, bytes())
    // As a process does that dies in the middle: its pieces are nobody's.
    await put(await session.commit(NOTHING), dying()).catch(() => {})
    assert.is((await broker.maintain()).piecesCollected, 0)
    await world.advance(3_600_001)
    assert.is((await broker.maintain()).piecesCollected, 2)
    assert.is((await broker.maintain()).piecesCollected, 0)
    for (const snapshot of await broker.snapshots.list(task)) {
      for await (const piece of broker.snapshots.read(task, snapshot)) assert.is(piece.length, 3)
    }
    await world.close()
  })

  test('a snapshot that took too long to store is not called whole', async () => {
    const world = jetWorld({ servers: [server.address] })
    const broker = await world.open()
    const session = await broker.claim(task)
    const covers = await session.commit(NOTHING)
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield* bytes()
      await world.advance(3_600_000)
    }
    assert.is(await broker.snapshots.put(task, { covers, logged: 0, shape: [] }, slow()), null)
    assert.equal(await broker.snapshots.list(task), [])
    await world.close()
  })
}

const NOTHING = transactionOf()

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3)
}

async function* dying(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3)
  throw new Dies()
}

function lossLaws(test: Test, server: NatsServer): void {
  test('a snapshot whose stream is deleted half way is refused, and the next one is whole', async () => {
    const world = new SnapshotWorld(server)
    let left = 1
    const broker = await world.open(async (point) => {
      if (point !== 'piece-stored' || left-- !== 1) return
      await withPieces(server, `${world.namespace}.s.>`, (pieces) => pieces.drop())
    })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(task)
    for (let n = 1; n <= 4; n++) await world.commit(session)
    await refuses('PIECES_LOST', () => world.put(broker, session.head))
    await world.commit(session)
    assert.is((await world.put(broker, session.head))?.covers.number, 5)
    const [newest] = await broker.snapshots.list(task)
    assert.equal(await read(broker, newest as Snapshot), world.model(5))
    await broker.close()
  })

  test('a snapshot whose stream another host makes anew half way is refused, and what that one stored stays', async () => {
    const world = new SnapshotWorld(server)
    const other = await world.open()
    let left = 1
    const broker = await world.open(async (point) => {
      if (point !== 'piece-stored' || left-- !== 1) return
      await withPieces(server, `${world.namespace}.s.>`, (pieces) => pieces.drop())
      await world.put(other, session.head)
    })
    await broker.topics.ensure({ name: 'out', partitions: 1 })
    const session = await broker.claim(task)
    for (let n = 1; n <= 4; n++) await world.commit(session)
    await refuses('PIECES_LOST', () => world.put(broker, session.head))
    const [newest] = await broker.snapshots.list(task)
    assert.equal(await read(broker, newest as Snapshot), world.model(4))
    await broker.close()
    await other.close()
  })
}
