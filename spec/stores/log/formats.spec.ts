// Formats of the log: the one before is read, one to come is refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { DoorbellHall } from '#stores/log/doorbell'
import { openTables } from '#stores/log/layout'
import { type LogBroker, openLogBroker } from '#stores/log/log-broker'
import { appendTo, readAll } from '../../contracts/broker-kit.ts'
import { chance, machineClock } from './brokers.ts'

const FORMAT = utf8('format')

const openOn = (data: MemoryData): LogBroker =>
  openLogBroker({
    ...{ engine: memoryEngine(data), clock: machineClock, random: chance },
    doorbell: new DoorbellHall().door(),
  })

/** A log as it was written before: batches in one piece, however large they are. */
function makeOld(data: MemoryData): number {
  const engine = memoryEngine(data)
  const { batches, facts } = openTables(engine)
  const raw = engine.table('log.batches')
  let large = 0
  engine.transact(() => {
    for (const { key, value } of [...batches.range({})]) {
      const before = raw.count()
      batches.delete(key)
      if (before - raw.count() > 1) large++
      raw.put(key, value)
    }
    facts.put(FORMAT, utf8('1'))
  })
  return large
}

test('a log of the format before is read and goes on, and is of this format from then on', async () => {
  const data = new MemoryData()
  const before = openOn(data)
  await before.topics.ensure({ name: 'lines', partitions: 1 })
  const values = ['a=1', `b=${'x'.repeat(20_000)}`, `c=${'y'.repeat(20_000)}`]
  for (const value of values.slice(0, 2)) {
    await before.producer().append([appendTo('lines', 0, [value])])
  }
  await before.close()
  assert.is(makeOld(data), 1)
  const broker = openOn(data)
  await broker.producer().append([appendTo('lines', 0, values.slice(2))])
  assert.equal(
    readAll(broker, 'lines'),
    values.map((value, n) => `${n} ${value}`),
  )
  assert.is(fromUtf8(openTables(memoryEngine(data)).facts.get(FORMAT) ?? utf8('')), '2')
  await broker.close()
})

test('a log of a format to come is refused', async () => {
  const data = new MemoryData()
  await openOn(data).close()
  openTables(memoryEngine(data)).facts.put(FORMAT, utf8('3'))
  assert.throws(() => openOn(data), /the log has format 3; this version reads formats up to 2/)
})

test.run()
