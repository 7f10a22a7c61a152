// Compaction over NATS: whoever dies in it does no harm, whoever reads meanwhile has the table, and what a
// topic takes follows its rows and not its history.

import fc from 'fast-check'
import { connect } from 'nats'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { streamTime } from '#protocols/core/brands'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import {
  appendTo,
  Bell,
  boundsOf,
  claimOf,
  endOf,
  recordsIn,
  texts,
  transactionOf,
} from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { EAGER, freshNamespace, type JetWorld, jetBroker } from './jet-world.ts'
import { Dies } from './snapshot-world.ts'
import { Follower, TableWorld } from './table-world.ts'

const POINTS: readonly Point[] = ['piece-stored', 'prefix-named', 'messages-removed']
const HOUR_MS = 3_600_000
/** A batch of them is one message of these servers, a piece of a prefix several. */
const LARGE = 'x'.repeat(14_000)

await natsSuite('jetstream compaction', { config: 'max_payload: 65536' }, (test, server) => {
  crashLaws(test, server)
  busyLaw(test, server)
  modelLaw(test, server)
  sizeLaws(test, server)
  dropLaw(test, server)
  taskLaws(test, server)
})

function crashLaws(test: Test, server: NatsServer): void {
  for (const point of POINTS) {
    test(`whoever dies at ${point} leaves the table, and the next one finishes`, async () => {
      const world = new TableWorld(server)
      const broker = await world.open()
      const slow = new Follower(broker)
      let deaths = 0
      for (let nth = 1; nth <= 3; nth++) {
        for (let i = 0; i < 8; i++) {
          await world.write(broker, `k${i % 5}=${nth}-${i}${LARGE}`, `d${i}=${i % 2 ? nth : ''}`)
        }
        if (await world.dies(point, nth)) deaths++
        await world.check(broker)
      }
      assert.ok(deaths > 0, 'somebody died there')
      await broker.maintain()
      await world.check(broker)
      assert.is(await messagesIn(server, world.world), 1, 'the newest alone')
      await slow.toEnd(broker)
      world.agrees(slow.seen)
      await world.world.close()
    })
  }
}

function busyLaw(test: Test, server: NatsServer): void {
  test('one compacts at a time; who takes too long is overtaken, and then does no harm', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    for (let i = 0; i < 4; i++) await world.write(broker, `k${i % 2}=${i}`)
    const bell = new Bell()
    let goOn: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const slow = await world.world.open((point) => {
      if (point !== 'piece-stored') return
      bell.ring()
      return held
    })
    const late = slow.maintain()
    await bell.next()
    assert.is((await broker.maintain()).messagesCompacted, 0)
    await world.world.advance(300_001)
    assert.is((await broker.maintain()).messagesCompacted, 3)
    await world.write(broker, 'k1=4')
    goOn()
    assert.is((await late).messagesCompacted, 0)
    await world.check(broker)
    await world.world.close()
  })
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('write' as const),
      rows: fc.array(fc.tuple(fc.nat({ max: 9 }), fc.constantFrom('none', 'small', 'large')), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ what: 'maintain' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('die' as const),
      point: fc.constantFrom(...POINTS),
      nth: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ what: 'read' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'begin' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'hour' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'day' as const }) },
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function modelLaw(test: Test, server: NatsServer): void {
  test('whoever reads, whenever it began and whatever is compacted meanwhile, has the table of all that was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const world = new TableWorld(server, { ...EAGER, keysMax: 4 })
        const broker = await world.open()
        const followers = [new Follower(broker)]
        for (const one of steps) await take(world, broker, followers, one)
        await broker.maintain()
        await world.check(broker)
        for (const follower of followers) {
          await follower.toEnd(broker)
          world.agrees(follower.seen)
        }
        await world.world.close()
      }),
      { numRuns: 25 },
    )
  })
}

async function take(
  world: TableWorld,
  broker: JetBroker,
  followers: Follower[],
  one: Step,
): Promise<void> {
  if (one.what === 'write') {
    const records = one.rows.map(([key, size]) => {
      const value = `${world.all.length}${size === 'large' ? LARGE : ''}`
      // A record without a key is one with a value here.
      if (key === 9) return `=${value}`
      return `k${key}=${size === 'none' ? '' : value}`
    })
    await world.write(broker, ...records)
  } else if (one.what === 'maintain') await broker.maintain()
  else if (one.what === 'die') await world.dies(one.point, one.nth)
  else if (one.what === 'read') for (const follower of followers) follower.step()
  else if (one.what === 'begin') followers.push(new Follower(broker))
  else if (one.what === 'hour') await world.world.advance(HOUR_MS)
  else {
    // Who is away for longer may miss that a row was deleted.
    for (const follower of followers) await follower.toEnd(broker)
    await world.world.advance(24 * HOUR_MS)
  }
}

function sizeLaws(test: Test, server: NatsServer): void {
  test('it is done when as many bytes came as there are, and a topic is no longer than that', async () => {
    const world = new TableWorld(server, { dirtyBytesMin: 1_000, dirtyRatioMin: 0.5, settledMs: 0 })
    const broker = await world.open()
    const row = async (key: number): Promise<void> => {
      await world.write(broker, `k${key}=${'x'.repeat(1_000)}`)
    }
    const went: number[] = []
    for (let n = 0; n < 40; n++) {
      await row(n % 10)
      went.push((await broker.maintain()).messagesCompacted)
      // Ten rows, as many changes, and what messages and batches add.
      assert.ok((await boundsOf(broker, 'table')).bytes < 30_000)
    }
    const rounds = went.filter((messages) => messages > 0).length
    assert.ok(rounds >= 4 && rounds <= 10, `${rounds} rounds`)
    await world.check(broker)
    await world.world.close()
  })

  test('what came a moment ago is left alone', async () => {
    const broker = await jetBroker(server, {
      namespace: freshNamespace(),
      compaction: { dirtyBytesMin: 0, dirtyRatioMin: 0 },
    })
    await broker.topics.ensure({ name: 'table', partitions: 1, cleanup: 'compact' })
    for (const n of [1, 2, 3]) await broker.producer().append([appendTo('table', 0, [`k=${n}`])])
    assert.is((await broker.maintain()).messagesCompacted, 0)
    assert.equal(texts(await recordsIn(broker, 'table')), ['k=1', 'k=2', 'k=3'])
    await broker.close()
  })

  test('pieces that were replaced go after an hour, and those that are named stay', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) await world.write(broker, `k${i}=${round}`)
      assert.is((await broker.maintain()).piecesCollected, 0)
    }
    await world.world.advance(HOUR_MS + 1)
    assert.is((await broker.maintain()).piecesCollected, 2)
    await world.check(broker)
    await world.world.close()
  })

  test('a topic says what it has of records and when, of those too that a prefix stands for', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    const times = [1_000, 2_000, 3_000]
    for (const time of times) {
      await broker.producer().append([appendTo('table', 0, [`k${time}=${LARGE}`], time)])
    }
    await broker.maintain()
    const { first, next, bytes, records = 0 } = await boundsOf(broker, 'table')
    assert.equal([first, next], [0, await endOf(broker, 'table')])
    assert.is(records, 3)
    assert.ok(bytes > 3 * LARGE.length && bytes < 4 * LARGE.length)
    const at = { topic: 'table', partition: 0 }
    const starts = await Promise.all(
      [0, 2_000, 2_001, 3_001].map((time) => broker.topics.offsetAt(at, streamTime(time))),
    )
    // The two that are in one batch now, the one that is not, and none.
    assert.equal(starts, [0, 0, next - 1, next])
    await world.world.close()
  })
}

function dropLaw(test: Test, server: NatsServer): void {
  test('a topic that is dropped takes its prefix with it, and one of its name begins anew', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    for (const n of [1, 2, 3]) await world.write(broker, `k=${n}`)
    await broker.maintain()
    await broker.topics.drop('table')
    const { namespace } = world.world
    assert.equal(await streamsOf(server, `${namespace}.x.table.>`), [])
    const again = await world.open()
    world.all.length = 0
    await world.write(again, 'k=4')
    await world.check(again)
    await world.world.close()
  })
}

function taskLaws(test: Test, server: NatsServer): void {
  test('what a task forwarded last stays, and its next owner forwards nothing twice', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    const mortal = await world.world.open((at) => {
      if (at === 'all-forwarded') throw new Dies()
    })
    const outputs = [appendTo('table', 0, ['a=1'])]
    const session = await mortal.claim(claimOf('h1'))
    await session.commit(transactionOf({ outputs })).catch((error) => {
      if (!(error instanceof Dies)) throw error
    })
    await world.write(broker, 'b=1')
    await world.write(broker, 'a=2')
    assert.is((await broker.maintain()).messagesCompacted, 1)
    await world.write(broker, 'c=1')
    await broker.claim(claimOf('h2'))
    assert.equal(texts(await recordsIn(broker, 'table')), ['a=1', 'b=1', 'a=2', 'c=1'])
    await broker.maintain()
    assert.equal(texts(await recordsIn(broker, 'table')), ['b=1', 'a=2', 'c=1'])
    await world.world.close()
  })
}

/** In the topic's own stream. */
async function messagesIn(server: NatsServer, { namespace }: JetWorld): Promise<number> {
  const [stream] = await streamsOf(server, `${namespace}.t.table.>`)
  return stream?.state.messages ?? 0
}

async function streamsOf(server: NatsServer, subject: string) {
  const connection = await connect({ servers: server.address })
  try {
    const { streams } = await connection.jetstreamManager()
    return await streams.list(subject).next()
  } finally {
    await connection.close()
  }
}
