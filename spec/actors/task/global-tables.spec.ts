// Global tables: full copies, read to the end before they are used, followed from then on.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GlobalTables } from '#actors/task/global-tables'
import type { GlobalPlan } from '#actors/topology/plan'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { BatchBuilder } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import { machineClock, memoryBrokers } from '../../stores/log/brokers.ts'

const text = serde.string()
const PLAN: GlobalPlan = {
  store: {
    ...{ name: 'names', kind: 'timestamped', logged: false },
    key: text,
    value: text,
  } as never,
  topic: 'names',
  onInvalid: 'fail',
}

class World {
  readonly broker: Broker = memoryBrokers()()
  readonly disk = new MemoryData()
  /** Where readers began. */
  readonly begun: unknown[] = []
  /** Copies of the topic that were opened. */
  opened = 0
  /** Engines of copies that were closed. */
  closed = 0

  async begin(): Promise<this> {
    await this.broker.topics.ensure({ name: 'names', partitions: 2 })
    return this
  }

  async write(partition: number, key: string | null, value: Uint8Array | string | null) {
    const builder = new BatchBuilder()
    const bytes = typeof value === 'string' ? encoded(text, value) : value
    builder.add(key === null ? null : encoded(text, key), bytes, 7, [])
    const to = { topic: 'names', partition }
    await this.broker.producer().append([{ to, batch: builder.finish() }])
  }

  tables(): GlobalTables {
    const { broker } = this
    const reader: Broker['reader'] = (at, from, onData) => {
      this.begun.push(from)
      return broker.reader(at, from, onData)
    }
    return new GlobalTables({
      broker: { ...broker, reader, topics: broker.topics } as Broker,
      clock: machineClock,
      partitionCount: () => 2,
      engines: async () => {
        this.opened++
        const disk = memoryEngine(this.disk)
        const closing = disk.close.bind(disk)
        const close = (): Promise<void> => {
          this.closed++
          return closing()
        }
        return { disk: Object.assign(disk, { close }), memory: memoryEngine() }
      },
    })
  }
}

test('when it is ready, it has what the topic had, of every partition', async () => {
  const world = await new World().begin()
  await world.write(0, 'a', '1')
  await world.write(1, 'b', '2')
  await world.write(0, 'a', '3')
  await world.write(1, null, 'nobody')
  const tables = world.tables()
  await Promise.all([tables.ready([PLAN]), tables.ready([PLAN])])
  const view = tables.view('names')
  assert.equal(view.get('a'), { value: '3', time: 7 })
  assert.equal(view.get('b'), { value: '2', time: 7 })
  assert.is(world.opened, 1)
  await tables.close()
})

test('it follows its topic, and a null value deletes', async () => {
  const world = await new World().begin()
  await world.write(0, 'a', '1')
  const tables = world.tables()
  await tables.ready([PLAN])
  await world.write(0, 'a', null)
  await world.write(1, 'b', '2')
  await tables.ready([PLAN])
  assert.is(tables.view('names').get('a'), undefined)
  assert.is(tables.view('names').get('b')?.value, '2')
  await tables.close()
})

test('opened again, it goes on from where it was', async () => {
  const world = await new World().begin()
  await world.write(0, 'a', '1')
  const first = world.tables()
  await first.ready([PLAN])
  await first.close()
  await world.write(0, 'b', '2')
  const second = world.tables()
  await second.ready([PLAN])
  assert.is(second.view('names').get('a')?.value, '1')
  assert.is(second.view('names').get('b')?.value, '2')
  assert.equal(world.begun, ['earliest', 'earliest', 1, 0])
  await second.close()
})

test('what it holds, how far it is and what it passed over is told, partition by partition', async () => {
  const world = await new World().begin()
  await world.write(0, 'a', '1')
  await world.write(1, 'b', '2')
  await world.write(1, null, 'nobody')
  const tables = world.tables()
  assert.equal(tables.readings(), [])
  await tables.ready([PLAN])
  const [reading] = tables.readings()
  assert.is(reading?.plan, PLAN)
  assert.is(reading?.usage.rows, 2)
  assert.equal(reading?.positions, [
    { partition: 0, position: 1, lag: 0 },
    { partition: 1, position: 2, lag: 0 },
  ])
  assert.equal(reading?.dropped, { 'null-key': 1, unreadable: 0 })
  assert.is(reading?.failure, null)
  await tables.close()
  assert.equal(tables.readings(), [])
})

test('a record that cannot be read fails whoever looks rows up, or is passed over', async () => {
  const number = { ...PLAN.store, value: serde.int64() } as never
  for (const onInvalid of ['fail', 'skip'] as const) {
    const world = await new World().begin()
    await world.write(0, 'a', new Uint8Array([1]))
    const tables = world.tables()
    const ready = tables.ready([{ ...PLAN, store: number, onInvalid }])
    if (onInvalid === 'skip') {
      await ready
      assert.equal(tables.readings()[0]?.dropped, { 'null-key': 0, unreadable: 1 })
    } else {
      const error = await ready.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      assert.ok(isMillraceError(error, 'RECORD_UNREADABLE'))
      assert.is(tables.readings()[0]?.failure, error)
    }
    await tables.close()
  }
})

test('a copy that failed is closed before it is opened anew, and at the end, once each', async () => {
  const world = await new World().begin()
  await world.write(0, 'a', new Uint8Array([1]))
  const tables = world.tables()
  const plan = { ...PLAN, store: { ...PLAN.store, value: serde.int64() } as never }
  const refused = () =>
    tables.ready([plan]).then(
      () => false,
      () => true,
    )
  assert.equal(await Promise.all([refused(), refused()]), [true, true])
  assert.equal([world.opened, world.closed], [1, 0])
  assert.ok(await refused())
  assert.equal([world.opened, world.closed], [2, 1])
  await tables.close()
  assert.equal([world.opened, world.closed], [2, 2])
})

test.run()
