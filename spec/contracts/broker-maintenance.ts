// Laws of retention and compaction.

import * as assert from 'uvu/assert'
import type { Broker, CommitRef } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { commitLog } from '#protocols/messages/commit-header'
import {
  appendTo,
  type BrokerWorld,
  boundsOf,
  changesOf,
  claimOf,
  type Declare,
  drain,
  endOf,
  gather,
  inputAt,
  recordsIn,
  refuses,
  refusesTake,
  texts,
  transactionOf,
} from './broker-kit.ts'

/** Where the clocks of worlds begin. */
export const START_MS = 1_700_000_000_000
const DAY_MS = 24 * 3_600_000

export function maintenanceLaws(law: Declare): void {
  retentionLaws(law)
  compactionLaws(law)
  concurrencyLaw(law)
  dropLaw(law)
  tombstoneLaws(law)
}

function retentionLaws(law: Declare): void {
  law('batches older than the topic keeps are gone, and readers below are told', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1, retentionMs: 10_000 })
    const bases: Offset[] = []
    for (const ageMs of [20_000, 15_000, 5_000]) {
      const append = appendTo('lines', 0, ['a=1', 'b=2'], START_MS - ageMs)
      bases.push(...(await broker.producer().append([append])))
    }
    const [oldest = 0, , youngest = 0] = bases
    const end = await endOf(broker, 'lines')
    await world.maintain()
    const { first, next } = await boundsOf(broker, 'lines')
    assert.equal([first, next], [youngest, end])
    const at = { topic: 'lines', partition: 0 }
    await refusesTake('OFFSET_OUT_OF_RANGE', () => broker.reader(at, offset(oldest + 1), () => {}))
    assert.equal(await recordsIn(broker, 'lines'), [`${youngest} a=1`, `${youngest + 1} b=2`])
    await world.advance(60_000)
    await world.maintain()
    assert.equal(await recordsIn(broker, 'lines'), [])
    assert.equal((await boundsOf(broker, 'lines')).bytes, 0)
    const [more = 0] = await broker.producer().append([appendTo('lines', 0, ['c=3'])])
    assert.ok(more >= end)
    assert.equal(await recordsIn(broker, 'lines'), [`${more} c=3`])
  })

  law('a reader that retention passes is told', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1, retentionMs: 10_000 })
    const append = appendTo('lines', 0, ['a=1'], START_MS)
    await broker.producer().append([append])
    const at = { topic: 'lines', partition: 0 }
    const reader = broker.reader(at, 'earliest', () => {})
    await gather(reader, await endOf(broker, 'lines'))
    // More than any reader keeps at hand, which it may still give.
    const large = appendTo('lines', 0, [`b=${'x'.repeat(500_000)}`], START_MS)
    for (let i = 0; i < 20; i++) await broker.producer().append([large])
    await world.advance(60_000)
    await world.maintain()
    await refusesTake('OFFSET_OUT_OF_RANGE', () => reader)
  })

  law('at least as many bytes are kept as the topic says', async (world) => {
    const broker = await world.open()
    const batch = appendTo('lines', 0, [`a=${'x'.repeat(1_000)}`])
    await broker.topics.ensure({ name: 'lines', partitions: 1, retentionBytes: 2_500 })
    const bases: Offset[] = []
    for (let i = 0; i < 6; i++) bases.push(...(await broker.producer().append([batch])))
    await world.maintain()
    const { first, bytes } = await boundsOf(broker, 'lines')
    assert.is(first, bases[3])
    assert.is((await recordsIn(broker, 'lines')).length, 3)
    assert.ok(bytes >= batch.batch.length * 3 && bytes < batch.batch.length * 4)
  })

  law('without limits nothing goes', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await broker.producer().append([appendTo('lines', 0, ['a=1'], 1)])
    await world.advance(400 * DAY_MS)
    await world.maintain()
    assert.equal(texts(await recordsIn(broker, 'lines')), ['a=1'])
  })
}

function compactionLaws(law: Declare): void {
  law('compaction keeps the newest record of each key, at its offset', async (world) => {
    const broker = await table(await world.open())
    const all = await write(broker, [['a=1', 'b=1'], ['a=2', '=none'], ['c=1', 'b='], ['d=1']])
    const before = await boundsOf(broker, 'table')
    await world.maintain()
    assert.equal(await recordsIn(broker, 'table'), all.slice(2))
    const { first, next } = await boundsOf(broker, 'table')
    assert.equal([first, next], [before.first, before.next])
    const more = await write(broker, [['a=3'], ['e=1']])
    await world.maintain()
    assert.equal(await recordsIn(broker, 'table'), [...all.slice(3), ...more])
  })

  law('a reader between two takes misses nothing and sees nothing twice', async (world) => {
    const broker = await table(await world.open())
    const all = await write(broker, [['a=1'], ['b=1'], ['c=1'], ['b=2'], ['d=1'], ['e=1']])
    const kept = all.filter((record) => !record.endsWith('b=1'))
    const readers = await Promise.all(
      all.map(async (_, taken) => {
        const reader = broker.reader({ topic: 'table', partition: 0 }, offset(0), () => {})
        const until = taken === 0 ? 0 : offsetOf(all[taken - 1] ?? '') + 1
        return { reader, seen: await gather(reader, until, 1) }
      }),
    )
    await world.maintain()
    const end = await endOf(broker, 'table')
    for (const { reader, seen } of readers) {
      const from = seen.length
      assert.equal(seen, all.slice(0, from))
      // What it had at hand by then it may still give.
      const rest = await gather(reader, end)
      assert.equal(texts([...seen, ...rest]).length, from + rest.length)
      assert.equal(
        rest.filter((record) => kept.includes(record)),
        kept.filter((record) => all.indexOf(record) >= from),
        `from ${from}`,
      )
      assert.equal(
        rest.filter((record) => !all.includes(record)),
        [],
      )
    }
  })
}

function concurrencyLaw(law: Declare): void {
  law('compactions at once, while others append, keep the newest of every key', async (world) => {
    const broker = await table(await world.open())
    const newest = new Map<string, string>()
    const append = async (round: number): Promise<void> => {
      const records = [0, 1, 2].map((i) => `k${(round + i) % 7}=${round}-${i}`)
      const [base = offset(0)] = await broker.producer().append([appendTo('table', 0, records)])
      for (const [i, record] of records.entries()) {
        newest.set(record.slice(0, 2), `${base + i} ${record}`)
      }
    }
    for (let round = 0; round < 60; round++) {
      await append(round)
      if (round % 10 !== 9) continue
      const next = append(round + 1_000)
      await Promise.all([world.maintain(), world.maintain(), world.maintain(), next])
      assert.equal(newestOf(await recordsIn(broker, 'table')), newest)
    }
    await world.maintain()
    assert.equal(newestOf(await recordsIn(broker, 'table')), newest)
    const sizes = (await broker.topics.describe('table'))?.bounds[0]?.bytes ?? 0
    assert.ok(sizes < 3_000, `${sizes} bytes are left`)
  })
}

function dropLaw(law: Declare): void {
  law('a topic may be dropped while it is compacted', async (world) => {
    for (let round = 0; round < 5; round++) {
      const broker = await table(await world.open())
      await write(broker, [['a=1', 'b=1'], ['a=2'], ['b=2'], ['c=1']])
      await Promise.all([world.maintain(), broker.topics.drop('table'), world.maintain()])
      assert.is(await broker.topics.describe('table'), null)
    }
  })
}

/** The last record of each key, as a reader meets them. */
const newestOf = (records: readonly string[]): Map<string, string> =>
  new Map(records.map((record) => [record.split(' ')[1]?.slice(0, 2) ?? '', record]))

function tombstoneLaws(law: Declare): void {
  law('a tombstone stays for a day, then goes with what it deleted', async (world) => {
    const broker = await table(await world.open())
    const all = await write(broker, [['a=1', 'b=1'], ['a='], ['z=1']])
    await world.maintain()
    assert.equal(await recordsIn(broker, 'table'), all.slice(1))
    await world.advance(DAY_MS / 2)
    await world.maintain()
    assert.equal(await recordsIn(broker, 'table'), all.slice(1))
    await world.advance(DAY_MS)
    await world.maintain()
    assert.equal(
      await recordsIn(broker, 'table'),
      all.filter((record) => !record.includes('a=')),
    )
  })
}

/** Of brokers that compact commit logs. */
export function compactedLogLaws(law: Declare): void {
  law('compaction leaves a task its head, positions and fence', async (world) => {
    const broker = await world.open()
    const session = await broker.claim(claimOf('h1'))
    for (let i = 1; i <= 5; i++) {
      const changes = changesOf(['k=1', `l=${i}`])
      await session.commit(transactionOf({ positions: [inputAt(i)], changes }))
      if (i % 2 === 0) await world.maintain()
    }
    await world.maintain()
    await session.commit(transactionOf({ positions: [inputAt(6)], changes: changesOf(['m=1']) }))
    await world.maintain()
    const next = await broker.claim(claimOf('h2'))
    assert.equal([next.epoch, next.head.number], [2, 6])
    assert.equal(next.positions, [inputAt(6)])
    const state = drain(next.restore('earliest', () => {})).map((record) => record.split(' ')[1])
    assert.equal(state, ['k=1', 'l=5', 'm=1'])
    await refuses('TASK_FENCED', () => session.commit(transactionOf()))
  })

  law('who follows a commit log and missed a tombstone is told to begin anew', async (world) => {
    const broker = await world.open()
    const session = await broker.claim(claimOf('h1'))
    const first = await session.commit(transactionOf({ changes: changesOf(['a=1', 'b=1']) }))
    await session.commit(transactionOf({ changes: changesOf(['a=']) }))
    const last = await session.commit(transactionOf({ changes: changesOf(['c=1']) }))
    await dropTombstones(world)
    await refuses('OFFSET_OUT_OF_RANGE', () => session.restore(first.next, () => {}).take(1))
    const state = drain(session.restore('earliest', () => {})).map((it) => it.split(' ')[1])
    assert.equal(state, ['b=1', 'c=1'])
    assert.equal(drain(session.restore(last.next, () => {})), [])
  })

  law('who was reading from the beginning when a tombstone went is told too', async (world) => {
    const broker = await world.open()
    const session = await broker.claim(claimOf('h1'))
    await session.commit(transactionOf({ changes: changesOf(['a=1']) }))
    await session.commit(transactionOf({ changes: changesOf(['a=']) }))
    await session.commit(transactionOf({ changes: changesOf(['c=1']) }))
    const slow = session.restore('earliest', () => {})
    slow.take(1)
    slow.take(1)
    await dropTombstones(world)
    await refuses('OFFSET_OUT_OF_RANGE', () => slow.take(1))
  })
}

/** Of brokers that take from commit logs what snapshots have, and what changed nothing. */
export function trimmedLogLaws(law: Declare): void {
  law(
    'commits without changes go, and leave a task its head, positions and fence',
    async (world) => {
      const broker = await world.open()
      await broker.topics.ensure({ name: 'out', partitions: 1 })
      let session = await broker.claim(claimOf('h1'))
      const outputs: string[] = []
      const sizes: number[] = []
      for (let i = 1; i <= 60; i++) {
        outputs.push(`n=${i}`)
        const output = appendTo('out', 0, [`n=${i}`])
        await session.commit(transactionOf({ positions: [inputAt(i)], outputs: [output] }))
        if (i % 10 === 0) session = await broker.claim(claimOf('h1'))
        if (i % 20 !== 0) continue
        await world.maintain()
        sizes.push((await boundsOf(broker, LOG)).bytes)
      }
      assert.equal(sizes, Array(3).fill(sizes[0]), 'the log does not grow')
      const next = await broker.claim(claimOf('h2'))
      assert.equal([next.epoch, next.head.number, next.positions], [8, 60, [inputAt(60)]])
      await refuses('TASK_FENCED', () => session.commit(transactionOf()))
      assert.equal(texts(await recordsIn(broker, 'out')), outputs)
    },
  )

  law(
    'commits with changes stay, wherever those without were, and no reader misses one',
    async (world) => {
      const broker = await world.open()
      const session = await broker.claim(claimOf('h1'))
      const changed: CommitRef[] = []
      for (let i = 1; i <= 12; i++) {
        const changes = i % 4 === 0 ? changesOf([`k=${i}`]) : null
        const ref = await session.commit(transactionOf({ positions: [inputAt(i)], changes }))
        if (changes !== null) changed.push(ref)
      }
      const [first, , last] = changed
      const late = broker.commits(claimOf('h1'), first?.next ?? 'earliest', () => {})
      await world.maintain()
      await world.maintain()
      const end = session.head.next
      assert.equal(texts(await gather(late, end)), ['k=8', 'k=12'])
      assert.equal(
        texts(
          await gather(
            session.restore('earliest', () => {}),
            end,
          ),
        ),
        [...['k=4', 'k=8', 'k=12']],
      )
      assert.equal(session.head, last)
      await session.commit(transactionOf({ changes: changesOf(['l=1']) }))
      const all = await gather(
        session.restore('earliest', () => {}),
        session.head.next,
      )
      assert.equal(texts(all), ['k=4', 'k=8', 'k=12', 'l=1'])
    },
  )
}

const LOG = commitLog(claimOf('h')).topic

/** Lets the age of what is there become known, then lets it pass. */
async function dropTombstones(world: BrokerWorld): Promise<void> {
  await world.maintain()
  await world.advance(DAY_MS + 1)
  await world.maintain()
}

async function table(broker: Broker): Promise<Broker> {
  await broker.topics.ensure({ name: 'table', partitions: 1, cleanup: 'compact' })
  return broker
}

/** Answers the records as they are read. */
async function write(broker: Broker, batches: readonly string[][]): Promise<string[]> {
  const all: string[] = []
  for (const records of batches) {
    const [base = offset(0)] = await broker.producer().append([appendTo('table', 0, records)])
    all.push(...records.map((record, i) => `${base + i} ${record}`))
  }
  return all
}

const offsetOf = (record: string): number => Number.parseInt(record, 10)
