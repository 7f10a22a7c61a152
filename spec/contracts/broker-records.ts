// Laws of topics, appends and readers.

import * as assert from 'uvu/assert'
import type { Broker } from '#protocols/broker/broker'
import { type Offset, offset, streamTime } from '#protocols/core/brands'
import {
  appendTo,
  Bell,
  batchOf,
  boundsOf,
  type Declare,
  drain,
  endOf,
  eventually,
  gather,
  recordsIn,
  refuses,
  refusesTake,
  shown,
  texts,
} from './broker-kit.ts'

export function topicLaws(law: Declare): void {
  growLaw(law)
  law('a topic is created once and found as asked afterwards', async (world) => {
    const broker = await world.open()
    const spec = { name: 'lines', partitions: 3, retentionMs: 1_000 }
    assert.is(await broker.topics.ensure(spec), 'created')
    assert.is(await broker.topics.ensure(spec), 'present')
    const found = await broker.topics.describe('lines')
    assert.is(found?.partitions, 3)
    assert.is(found?.retentionMs, 1_000)
    assert.is(found?.bounds.length, 3)
    assert.ok(found?.bounds.every(({ first, next }) => first === next))
  })

  law('another partition count or cleanup is refused', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 3 })
    await refuses('TOPIC_MISMATCH', () => broker.topics.ensure({ name: 'lines', partitions: 4 }))
    await refuses('TOPIC_MISMATCH', () =>
      broker.topics.ensure({ name: 'lines', partitions: 3, cleanup: 'compact' }),
    )
  })

  law('names and counts that are no good are refused', async (world) => {
    const { topics } = await world.open()
    for (const name of ['', 'a/b', 'a b', '..', 'ä', 'x'.repeat(201)]) {
      await refuses('TOPIC_INVALID', () => topics.ensure({ name, partitions: 1 }))
    }
    for (const partitions of [0, -1, 1.5, 1025, Number.NaN]) {
      await refuses('TOPIC_INVALID', () => topics.ensure({ name: 'a', partitions }))
    }
    assert.equal(await topics.list(), [])
  })

  law('a topic made by one broker is there for another', async (world) => {
    const [a, b] = [await world.open(), await world.open()]
    await a.topics.ensure({ name: 'lines', partitions: 1 })
    assert.is(await b.topics.ensure({ name: 'lines', partitions: 1 }), 'present')
    assert.equal(
      (await b.topics.list()).map(({ name }) => name),
      ['lines'],
    )
    await b.topics.drop('lines')
    assert.is(await a.topics.describe('lines'), null)
  })

  law('a dropped topic is unknown, and made anew it is empty', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    await broker.topics.drop('lines')
    await refusesTake('TOPIC_UNKNOWN', () => reader)
    await refuses('TOPIC_UNKNOWN', () => broker.topics.drop('lines'))
    await refuses('TOPIC_UNKNOWN', () => broker.producer().append([appendTo('lines', 0, ['a=1'])]))
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    assert.equal(await recordsIn(broker, 'lines'), [])
  })

  law('the offset of a time is the first batch that reaches it', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const bases: Offset[] = []
    for (const time of [1_000, 2_000, 3_000]) {
      const append = appendTo('lines', 0, ['a=1', 'b=2'], time)
      bases.push(...(await broker.producer().append([append])))
    }
    const at = { topic: 'lines', partition: 0 }
    const find = (ms: number) => broker.topics.offsetAt(at, streamTime(ms))
    assert.equal(
      [await find(0), await find(2_000), await find(2_500), await find(9_000)],
      [...bases, await endOf(broker, 'lines')],
    )
  })
}

function growLaw(law: Declare): void {
  law(
    'a topic that grows keeps what it has where it is, and everybody finds what is new',
    async (world) => {
      const [broker, other] = [await world.open(), await world.open()]
      await broker.topics.ensure({ name: 'lines', partitions: 2 })
      await broker.producer().append([appendTo('lines', 1, ['a=1'])])
      await refuses('TOPIC_UNKNOWN', () =>
        broker.producer().append([appendTo('lines', 2, ['b=2'])]),
      )
      for (const partitions of [3, 20, 20]) await broker.topics.grow('lines', partitions)
      assert.is((await other.topics.describe('lines'))?.partitions, 20)
      await other.producer().append([appendTo('lines', 1, ['c=3']), appendTo('lines', 19, ['d=4'])])
      assert.equal(await valuesIn(broker, 1), ['a=1', 'c=3'])
      assert.equal(await valuesIn(broker, 19), ['d=4'])
      assert.is(await broker.topics.ensure({ name: 'lines', partitions: 20 }), 'present')
      await refuses('TOPIC_INVALID', () => broker.topics.grow('lines', 19))
      await refuses('TOPIC_INVALID', () => broker.topics.grow('lines', 5000))
      await refuses('TOPIC_UNKNOWN', () => broker.topics.grow('none', 2))
      await broker.topics.drop('lines')
      await broker.topics.ensure({ name: 'lines', partitions: 20 })
      assert.equal(await valuesIn(broker, 19), [])
    },
  )
}

/** Of topic `lines`, without their offsets. */
async function valuesIn(broker: Broker, partition: number): Promise<string[]> {
  const records = await recordsIn(broker, 'lines', partition)
  return records.map((record) => record.slice(record.indexOf(' ') + 1))
}

export function writeLaws(law: Declare): void {
  appendLaws(law)
  guardLaws(law)
}

function appendLaws(law: Declare): void {
  law('an append answers the base of each batch, in order', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    const bases = await broker
      .producer()
      .append([
        appendTo('lines', 0, ['a=1', 'b=2']),
        appendTo('lines', 1, ['c=3']),
        appendTo('lines', 0, ['d=4']),
      ])
    const [a = 0, c = 0, d = 0] = bases
    assert.is(bases.length, 3)
    const zero = await recordsIn(broker, 'lines', 0)
    assert.equal(zero, [`${a} a=1`, `${a + 1} b=2`, `${d} d=4`])
    assert.equal(texts(zero), ['a=1', 'b=2', 'd=4'])
    assert.equal(await recordsIn(broker, 'lines', 1), [`${c} c=3`])
  })

  law('an append is stored whole or not at all', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await refuses('TOPIC_UNKNOWN', () =>
      broker.producer().append([appendTo('lines', 0, ['a=1']), appendTo('none', 0, ['b=2'])]),
    )
    await refuses('TOPIC_UNKNOWN', () =>
      broker.producer().append([appendTo('lines', 0, ['a=1']), appendTo('lines', 1, ['b=2'])]),
    )
    assert.equal(await recordsIn(broker, 'lines'), [])
  })

  law('bytes that are no record batch are refused', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const batch = batchOf(['a=1'])
    batch[batch.length - 1] = 0xff
    const append = { to: { topic: 'lines', partition: 0 }, batch }
    await refuses('BATCH_CORRUPT', () => broker.producer().append([append]))
    assert.equal(await recordsIn(broker, 'lines'), [])
  })

  law('nothing appended is nothing stored', async (world) => {
    const broker = await world.open()
    assert.equal(await broker.producer().append([]), [])
  })
}

function guardLaws(law: Declare): void {
  law('an append that expects another end is refused, with all it came with', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    const producer = broker.producer()
    const guarded = {
      ...appendTo('lines', 0, ['a=1']),
      expectedNext: await endOf(broker, 'lines'),
    }
    assert.is((await producer.append([guarded])).length, 1)
    await refuses('APPEND_CONFLICT', () =>
      producer.append([appendTo('lines', 1, ['x=1']), guarded]),
    )
    assert.equal(await recordsIn(broker, 'lines', 1), [])
    const two = { ...appendTo('lines', 0, ['b=2']), expectedNext: await endOf(broker, 'lines') }
    const [base] = await producer.append([two])
    assert.equal((await recordsIn(broker, 'lines')).at(-1), `${base} b=2`)
  })

  law('of appends that expect the same end, one is stored', async (world) => {
    const brokers = [await world.open(), await world.open()]
    await brokers[0]?.topics.ensure({ name: 'lines', partitions: 1 })
    const expectedNext = await endOf(await world.open(), 'lines')
    const guarded = { ...appendTo('lines', 0, ['a=1']), expectedNext }
    const outcomes = await Promise.allSettled(
      [...brokers, ...brokers].map((broker) => broker.producer().append([guarded])),
    )
    assert.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  law('appends of many callers at once all get offsets of their own', async (world) => {
    const brokers = [await world.open(), await world.open()]
    await brokers[0]?.topics.ensure({ name: 'lines', partitions: 1 })
    const appends = Array.from({ length: 40 }, (_, i) => {
      const producer = (brokers[i % 2] as (typeof brokers)[0]).producer() // there are two
      return producer.append([appendTo('lines', 0, [`k${i}=${i}`])])
    })
    const bases = (await Promise.all(appends)).map(([base]) => base ?? -1)
    const stored = await recordsIn(await world.open(), 'lines')
    assert.is(texts(stored).length, 40)
    const said = bases.map((base, i) => `${base} k${i}=${i}`)
    assert.equal([...stored].sort(), [...said].sort())
  })
}

export function readLaws(law: Declare): void {
  orderLaws(law)
  ringLaws(law)
}

function orderLaws(law: Declare): void {
  law('a reader gives every record once, in offset order, in slices', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    for (let i = 0; i < 10; i++) {
      await broker.producer().append([appendTo('lines', 0, [`a=${i}`, `b=${i}`])])
    }
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    const end = await endOf(broker, 'lines')
    const first = await eventually('a batch', () => reader.take(1)[0] ?? null)
    assert.is(reader.position, first.next)
    const rest = await gather(reader, end, 64)
    const all = Array.from({ length: 10 }, (_, i) => [`a=${i}`, `b=${i}`]).flat()
    assert.equal(texts([...shown(first.batch, first.base), ...rest]), all)
    assert.is(reader.position, end)
    assert.is(reader.end(), end)
  })

  law('a reader begins where it is told to, inside a batch too', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const first = await broker.producer().append([appendTo('lines', 0, ['a=1', 'b=2', 'c=3'])])
    const second = await broker.producer().append([appendTo('lines', 0, ['d=4'])])
    const [base = 0, last = offset(0)] = [...first, ...second]
    const at = { topic: 'lines', partition: 0 }
    const end = await endOf(broker, 'lines')
    const from = (start: Offset | 'latest') =>
      gather(
        broker.reader(at, start, () => {}),
        end,
      )
    const tail = [`${base + 2} c=3`, `${last} d=4`]
    assert.equal(await from(offset(base + 1)), [`${base + 1} b=2`, ...tail])
    assert.equal(await from(offset(base + 3)), [`${last} d=4`])
    assert.equal(await from(last), [`${last} d=4`])
    assert.equal(await from('latest'), [])
    const reader = broker.reader(at, 'latest', () => {})
    reader.seek(offset(base + 2))
    assert.is(reader.position, base + 2)
    assert.equal(await gather(reader, end), tail)
  })

  law('a topic or partition that is not there cannot be read', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    for (const at of [
      { topic: 'none', partition: 0 },
      { topic: 'lines', partition: 1 },
    ]) {
      await refusesTake('TOPIC_UNKNOWN', () => broker.reader(at, 'earliest', () => {}))
    }
  })

  law('bytes handed out stay as they were', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    await broker.producer().append([appendTo('lines', 0, ['a=first'])])
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', () => {})
    const kept = await eventually('a batch', () => reader.take(1)[0] ?? null)
    for (let i = 0; i < 20; i++) {
      await broker.producer().append([appendTo('lines', 0, [`b=${i}`])])
      await gather(reader, await endOf(broker, 'lines'))
    }
    assert.equal(texts(shown(kept.batch, kept.base)), ['a=first'])
  })

  law('bounds tell first, next and bytes', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const [base = 0] = await broker.producer().append([appendTo('lines', 0, ['a=1', 'b=2'])])
    const { first, next, bytes } = await boundsOf(broker, 'lines')
    assert.equal([first, next], [base, base + 2])
    assert.ok(bytes > 0)
  })
}

function ringLaws(law: Declare): void {
  law('a reader that came up empty is rung once, then finds what was appended', async (world) => {
    const [writer, broker] = [await world.open(), await world.open()]
    await writer.topics.ensure({ name: 'lines', partitions: 1 })
    const bell = new Bell()
    const reader = broker.reader({ topic: 'lines', partition: 0 }, 'earliest', bell.ring)
    for (let i = 0; i < 5; i++) {
      assert.equal(reader.take(1_000), [])
      const rung = bell.next()
      await writer.producer().append([appendTo('lines', 0, [`a=${i}`])])
      await rung
      const batches = reader.take(1_000).flatMap(({ batch, base }) => shown(batch, base))
      assert.equal(texts(batches), [`a=${i}`])
    }
    assert.is(bell.rings, 5)
  })

  law('a reader is rung by an append of its own broker', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 2 })
    const bells = [new Bell(), new Bell()]
    const readers = bells.map((bell, partition) =>
      broker.reader({ topic: 'lines', partition }, 'earliest', bell.ring),
    )
    for (const reader of readers) assert.equal(reader.take(1), [])
    await broker.producer().append([appendTo('lines', 1, ['a=1'])])
    await bells[1]?.next()
    assert.is(bells[0]?.rings, 0)
    const found = readers.map((reader) => texts(drain(reader)))
    assert.equal(found, [[], ['a=1']])
  })

  law('a closed reader is not rung and gives nothing', async (world) => {
    const broker = await world.open()
    await broker.topics.ensure({ name: 'lines', partitions: 1 })
    const [closed, open] = [new Bell(), new Bell()]
    const at = { topic: 'lines', partition: 0 }
    const one = broker.reader(at, 'earliest', closed.ring)
    const two = broker.reader(at, 'earliest', open.ring)
    assert.equal([...one.take(1), ...two.take(1)], [])
    one.close()
    await broker.producer().append([appendTo('lines', 0, ['a=1'])])
    await open.next()
    assert.is(closed.rings, 0)
    assert.equal(one.take(1), [])
  })
}
