// Readers of a compacted prefix: from wherever they begin, while another one takes its place, and over
// pieces that were lost or changed, which are named and never read.

import { connect } from 'nats'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset } from '#protocols/core/brands'
import { endOf, eventually, gather, recordsIn, refusesTake } from '../../contracts/broker-kit.ts'
import { type NatsServer, natsSuite } from '../../kit/nats-server.ts'
import { type RawPieces, withPieces } from './raw-pieces.ts'
import { Follower, TABLE, TableWorld } from './table-world.ts'

const DAY_MS = 24 * 3_600_000
/** Each row is nearly a message. */
const LARGE = 'x'.repeat(50_000)

await natsSuite('jetstream prefix', { config: 'max_payload: 65536' }, (test, server) => {
  readingLaws(test, server)
  damageLaws(test, server)
})

/** A topic of so many large rows, all but the newest in a prefix. */
async function compacted(server: NatsServer, rows: number) {
  const world = new TableWorld(server)
  const broker = await world.open()
  for (let i = 0; i < rows; i++) await world.write(broker, `k${i}=1${LARGE}`, `s${i}=1`)
  await broker.maintain()
  return { world, broker }
}

function readingLaws(test: Test, server: NatsServer): void {
  test('a reader may begin at any record, and is given that one and those after it', async () => {
    const { world, broker } = await compacted(server, 12)
    const end = await endOf(broker, 'table')
    for (const [i, record] of world.all.entries()) {
      const from = offset(Number.parseInt(record, 10))
      const reader = broker.reader(TABLE, from, () => {})
      assert.equal(await gather(reader, end), world.all.slice(i))
      reader.close()
    }
    await world.world.close()
  })

  test('what is behind a reader of a prefix is counted in records', async () => {
    const { world, broker } = await compacted(server, 12)
    const reader = broker.reader(TABLE, 'earliest', () => {})
    await eventually('some at hand', () => (reader.take(1).length > 0 ? true : null))
    const behind = reader.behind(reader.position) ?? 0
    assert.ok(behind > 2 && behind < 24, `${behind} records`)
    await gather(reader, await endOf(broker, 'table'))
    await eventually('the end', () => (reader.behind(reader.position) === 0 ? true : null))
    await world.world.close()
  })

  test('a reader of a prefix whose pieces are collected goes on in the one that took its place', async () => {
    // More than a reader keeps at hand.
    const { world, broker } = await compacted(server, 90)
    const slow = new Follower(broker)
    await eventually('the first', () => {
      slow.step()
      return slow.seen.length > 0 ? true : null
    })
    for (let i = 0; i < 90; i += 3) await world.write(broker, `k${i}=2`)
    await broker.maintain()
    await world.world.advance(DAY_MS)
    await broker.maintain()
    assert.is((await broker.maintain()).piecesCollected, 0, 'all of the first are gone')
    await slow.toEnd(broker)
    assert.ok(slow.seen.length < world.all.length, 'not all of the first was at hand')
    world.agrees(slow.seen)
    await world.world.close()
  })

  test('a reader of the stream that is overtaken goes on in the prefix from where it was', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    for (let i = 0; i < 90; i++) await world.write(broker, `k${i % 10}=${i}${LARGE}`)
    const slow = new Follower(broker)
    await eventually('the first', () => {
      slow.step()
      return slow.seen.length > 0 ? true : null
    })
    await broker.maintain()
    await slow.toEnd(broker)
    assert.ok(slow.seen.length < world.all.length, 'not all of it was at hand')
    world.agrees(slow.seen)
    await world.world.close()
  })

  test('a prefix without a record is passed over', async () => {
    const world = new TableWorld(server)
    const broker = await world.open()
    await world.write(broker, 'a=1')
    await world.write(broker, 'a=')
    await world.write(broker, 'b=1')
    await broker.maintain()
    await world.world.advance(DAY_MS)
    await broker.maintain()
    assert.equal(await recordsIn(broker, 'table'), world.all.slice(2))
    await world.world.close()
  })
}

function damageLaws(test: Test, server: NatsServer): void {
  /** What a reader says of a prefix that was spoiled; what compaction says is the same, and it takes nothing more. */
  async function damaged(spoil: (pieces: RawPieces) => Promise<void>): Promise<Error> {
    const { world, broker } = await compacted(server, 12)
    await withPieces(server, `${world.world.namespace}.x.table.0.*`, spoil)
    const error = await refusesTake('PREFIX_DAMAGED', () =>
      broker.reader(TABLE, 'earliest', () => {}),
    )
    await world.write(broker, 'k1=2')
    await world.write(broker, 'k1=3')
    assert.is((await broker.maintain()).messagesCompacted, 0)
    assert.equal(world.world.codes, ['PREFIX_DAMAGED'])
    await world.world.close()
    return error
  }

  test('a prefix that lost a piece is not read, and the piece is named', async () => {
    assert.match((await damaged(({ remove }) => remove(1))).message, 'piece 1 of')
  })

  test('a prefix that lost its end is not read', async () => {
    const error = await damaged(({ remove, last }) => remove(last))
    assert.match(error.message, 'is missing')
  })

  test('a piece that is not what was stored is not read, and named', async () => {
    const error = await damaged(async ({ remove, add, last }) => {
      await remove(last)
      await add(`x ${last} 1 0 0 1 1 0 0`, 'other bytes')
    })
    assert.match(error.message, 'is not what was stored')
  })

  test('a prefix whose stream is gone is not taken for an empty topic', async () => {
    assert.match((await damaged(({ drop }) => drop())).message, 'their stream is gone')
  })

  test('a piece that was sent twice is read once', async () => {
    const { world, broker } = await compacted(server, 12)
    await withPieces(server, `${world.world.namespace}.x.table.0.*`, ({ add }) =>
      add('x 0 1 0 0 1 1 0 0', 'as a late copy of the first piece would be'),
    )
    await world.write(broker, 'k1=2')
    await world.check(broker)
    await broker.maintain()
    await world.check(broker)
    await world.world.close()
  })

  test('a topic that lost the records after its prefix is refused, since others would take their place', async () => {
    const { world, broker } = await compacted(server, 3)
    await loseAll(server, world.world.namespace)
    await refusesTake('PREFIX_DAMAGED', () => broker.reader(TABLE, 'earliest', () => {}))
    await refusesTake('PREFIX_DAMAGED', () => broker.reader(TABLE, 'latest', () => {}))
    await world.world.close()
  })
}

/** As a loss of power may do it, or a copy that is older than the prefix. */
async function loseAll(server: NatsServer, namespace: string): Promise<void> {
  const connection = await connect({ servers: server.address })
  try {
    const { streams } = await connection.jetstreamManager()
    const [name = ''] = (await streams.names(`${namespace}.t.table.>`).next()) ?? []
    await streams.purge(name)
  } finally {
    await connection.close()
  }
}
