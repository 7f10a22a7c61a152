// Maintenance by the clock: one broker looks after the log, the others do not, and closing ends it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import type { Cancel } from '#protocols/core/clock'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { GROUP_BYTES } from '#stores/log/compaction'
import { DoorbellHall } from '#stores/log/doorbell'
import { type LogBroker, openLogBroker } from '#stores/log/log-broker'
import { appendTo, boundsOf } from '../../contracts/broker-kit.ts'
import { START_MS } from '../../contracts/broker-maintenance.ts'

import { chance } from './brokers.ts'

const STEP_MS = 1000
const ROUND_MS = 30_000

/** Time goes on at every look, as if each step took as long, and rests are over at once. */
class BusyClock extends SimulatedClock {
  readonly rests: number[] = []
  #busyMs = 0

  override monotonic(): number {
    this.#busyMs += STEP_MS
    return super.monotonic() + this.#busyMs
  }

  override after(delayMs: number, fire: () => void): Cancel {
    if (delayMs >= ROUND_MS) return super.after(delayMs, fire)
    this.rests.push(delayMs)
    this.#busyMs += delayMs
    return super.after(0, fire)
  }
}

/** Rests of one round over a topic of so many batches, which compaction reads one by one. */
async function restsOf(batches: number): Promise<readonly number[]> {
  const clock = new BusyClock()
  const facts = { clock, random: chance, doorbell: new DoorbellHall().door() }
  const compaction = { dirtyBytesMin: 0, dirtyRatioMin: 0 }
  const engine = memoryEngine()
  const broker = openLogBroker({ ...facts, engine, compaction, maintenance: true })
  await broker.topics.ensure({ name: 'rows', partitions: 1, cleanup: 'compact' })
  const value = `a=${'x'.repeat(GROUP_BYTES)}`
  for (let n = 0; n < batches; n++) {
    await broker.producer().append([appendTo('rows', 0, [value], START_MS)])
  }
  await clock.advance(ROUND_MS)
  const rests = [...clock.rests]
  await broker.close()
  return rests
}

test('compaction rests four times as long as it works', async () => {
  const rests = await restsOf(2)
  assert.ok(rests.length >= 2, `${rests.length} rests`)
  assert.equal([...new Set(rests)], [STEP_MS * 4])
})

test('a round that is late rests no more', async () => {
  const [some, more] = [await restsOf(10), await restsOf(20)]
  assert.is(some.length, more.length)
  assert.ok(some.length * STEP_MS * 5 <= ROUND_MS)
})

/** Opens brokers on one memory under one hand-turned clock. */
function world(): { clock: SimulatedClock; open(maintenance: boolean): LogBroker } {
  const clock = new SimulatedClock()
  const data = new MemoryData()
  const hall = new DoorbellHall()
  const open = (maintenance: boolean): LogBroker =>
    openLogBroker({
      engine: memoryEngine(data),
      clock,
      random: chance,
      doorbell: hall.door(),
      maintenance,
    })
  return { clock, open }
}

test('a broker that maintains removes what is due, again and again; another one does not', async () => {
  const { clock, open } = world()
  const broker = open(false)
  await broker.topics.ensure({ name: 'lines', partitions: 1, retentionMs: 60_000 })
  await broker.producer().append([appendTo('lines', 0, ['a=1'], START_MS)])
  await broker.keys.put('lease', utf8('1'), { ttlMs: 1_000 })
  await clock.advance(200_000)
  assert.is((await boundsOf(broker, 'lines')).first, 0)
  const keeper = open(true)
  await clock.advance(60_000)
  assert.is((await boundsOf(broker, 'lines')).first, 1)
  await broker.producer().append([appendTo('lines', 0, ['b=1'], START_MS)])
  await clock.advance(60_000)
  assert.is((await boundsOf(broker, 'lines')).first, 2)
  await keeper.close()
  await broker.close()
})

test('a round says what it did', async () => {
  const { clock, open } = world()
  const broker = open(false)
  await broker.topics.ensure({ name: 'lines', partitions: 1, retentionMs: 60_000 })
  await broker.producer().append([appendTo('lines', 0, ['a=1'], START_MS)])
  await broker.keys.put('lease', utf8('1'), { ttlMs: 1_000 })
  await clock.advance(200_000)
  const none = { batchesExpired: 0, recordsCompacted: 0, rowsSwept: 0, filesCollected: 0 }
  assert.equal(await broker.maintain(), { ...none, batchesExpired: 1, rowsSwept: 1 })
  assert.equal(await broker.maintain(), none)
  await broker.close()
})

test('a closed broker leaves no timer behind', async () => {
  const { clock, open } = world()
  const broker = open(true)
  await broker.topics.ensure({ name: 'lines', partitions: 1 })
  await broker.bus.serve('echo', async (body) => body)
  broker.keys.watch('', () => {})
  broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {}).take(1)
  assert.ok(clock.timers > 0)
  await broker.close()
  assert.is(clock.timers, 0)
})

test.run()
