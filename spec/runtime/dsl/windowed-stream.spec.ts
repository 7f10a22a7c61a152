// Windows in the DSL: stores, retention, late records, repartition topics.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { topic } from '#runtime/dsl/topic'
import { type TopologyBuilder, topology } from '#runtime/dsl/topology'
import { hopping, session, sliding, tumbling, unlimited } from '#runtime/dsl/windows'
import { DrivePlan } from '../../kit/drive-plan.ts'

const text = serde.string()
const input = topic('in', { key: text, value: serde.int32() })
const counts = topic('out', { key: serde.windowed(text, 10), value: serde.int64() })
const late = topic('late', { key: text, value: serde.int32() })

const storeOf = (wire: (t: TopologyBuilder) => void) =>
  topology('app', wire).plan('shop').subtopologies[0]?.stores[0]

test('a windowed count keeps a row for each key and window', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupByKey()
      .windowedBy(tumbling({ size: 10 }))
      .count({ store: 'counts' })
      .toStream()
      .to(counts)
  })
  for (const [key, time] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['a', 10],
  ] as const) {
    drive.send(input, { key, value: 1, time })
  }
  const window = (key: string, start: number) => ({ key, start, end: start + 10 })
  assert.equal(drive.pairs('out'), [
    [window('a', 0), 1],
    [window('b', 0), 1],
    [window('a', 0), 2],
    [window('a', 10), 1],
  ])
})

test('late() has the records that no window took, as they came; the table goes on without them', () => {
  const drive = new DrivePlan((t) => {
    const windows = t
      .stream(input)
      .groupByKey()
      .windowedBy(hopping({ size: 10, advance: 5 }))
    windows.count({ store: 'counts' }).toStream().to(counts)
    windows.late().to(late)
  })
  for (const [value, time] of [
    [1, 20],
    [2, 4],
    [3, 12],
  ] as const) {
    drive.send(input, { key: 'a', value, time })
  }
  assert.equal(drive.pairs('late'), [
    ['a', 2],
    ['a', 3],
  ])
  assert.equal(
    drive.pairs('out').map(([key]) => (key as { start: number }).start),
    [15, 20],
    'by 20, [5, 15) and [10, 20) are closed, which the record at 12 would have been in',
  )
  assert.is(drive.dropped, 3)
})

test('a record that one of its windows still takes is not late', () => {
  const drive = new DrivePlan((t) => {
    const windows = t
      .stream(input)
      .groupByKey()
      .windowedBy(hopping({ size: 10, advance: 5 }))
    windows.count({ store: 'counts' }).toStream().to(counts)
    windows.late().to(late)
  })
  for (const time of [19, 8, 12]) drive.send(input, { key: 'a', value: time, time })
  assert.equal(drive.pairs('late'), [['a', 8]])
  assert.is(drive.dropped, 3, '8 missed two windows, 12 one')
})

test('late sessions are told as well', () => {
  const drive = new DrivePlan((t) => {
    const sessions = t
      .stream(input)
      .groupByKey()
      .windowedBy(session({ gap: 5 }))
    sessions.reduce((kept, value) => kept + value, { store: 'sums' })
    sessions.late().to(late)
  })
  for (const time of [100, 10]) drive.send(input, { key: 'a', value: time, time })
  assert.equal(drive.pairs('late'), [['a', 10]])
})

test('a store keeps windows until they close, longer when asked to, never shorter', () => {
  const kept = (retention?: number) =>
    storeOf((t) => {
      const grouped = t.stream(input).groupByKey()
      grouped.windowedBy(tumbling({ size: 10, grace: 5 })).count({ store: 'counts', retention })
    })
  assert.equal([kept()?.kind, kept()?.name], ['window', 'counts'])
  const retentionOf = (store: unknown) => (store as { retentionMs: number }).retentionMs
  assert.is(retentionOf(kept()), 15)
  assert.is(retentionOf(kept(60)), 60)
  assert.throws(
    () => kept(14),
    (error: unknown) =>
      isMillraceError(error, 'RETENTION_TOO_SHORT') && /14 ms.*15 ms/.test(error.message),
  )
})

test('sessions have a session store, sliding windows keep twice their difference', () => {
  const sessions = storeOf((t) => {
    t.stream(input)
      .groupByKey()
      .windowedBy(session({ gap: 5, grace: 2 }))
      .count({ store: 's' })
  })
  assert.equal(sessions, { ...sessions, kind: 'session', retentionMs: 8 } as never)
  const slides = storeOf((t) => {
    t.stream(input)
      .groupByKey()
      .windowedBy(sliding({ difference: 5 }))
      .count({ store: 's' })
  })
  assert.equal(slides, { ...slides, kind: 'window', windowSizeMs: 5, retentionMs: 10 } as never)
})

test('an unlimited window has no close to emit on', () => {
  const build = (): unknown =>
    topology('app', (t) => {
      const grouped = t.stream(input).groupByKey()
      // As from JavaScript: the types refuse it as well.
      const windows = grouped.windowedBy(unlimited(), { emit: 'on-close' as never })
      windows.count({ store: 's' })
    })
  assert.throws(build, (error: unknown) => isMillraceError(error, 'WINDOW_NEVER_CLOSES'))
})

test('late() before any fold is refused: what is late is known where records are folded', () => {
  const build = (): unknown =>
    topology('app', (t) => {
      t.stream(input)
        .groupByKey()
        .windowedBy(tumbling({ size: 10 }))
        .late()
        .to(late)
    })
  assert.throws(build, (error: unknown) => isMillraceError(error, 'WINDOW_UNUSED'))
})

test('late records keep their values behind a repartition, whatever the fold reads', () => {
  const drive = new DrivePlan((t) => {
    const windows = t
      .stream(input)
      .groupBy((key) => `${key}!`, { key: text })
      .windowedBy(tumbling({ size: 10 }))
    windows.count({ store: 'counts' })
    windows.late().to(late)
  })
  for (const time of [100, 10]) drive.send(input, { key: 'a', value: time, time })
  assert.equal(drive.pairs('late'), [['a!', 10]])
})

test('a session is still there for the last record that can extend it, whatever other keys did', () => {
  const runs = topic('runs', {
    key: serde.sessionWindowed(text),
    value: serde.nullable(serde.int64()),
  })
  const drive = new DrivePlan((t) => {
    const sessions = t
      .stream(input)
      .groupByKey()
      .windowedBy(session({ gap: 30 }))
    sessions.count({ store: 'counts' }).toStream().to(runs)
  })
  for (const [key, time] of [
    ['a', 0],
    ['b', 30],
    ['a', 30],
  ] as const) {
    drive.send(input, { key, value: 1, time })
  }
  assert.equal(drive.pairs('runs').at(-1), [{ key: 'a', start: 0, end: 30 }, 2])
})

test('a stream with a new key is repartitioned before it is cut into windows', () => {
  const drive = new DrivePlan((t) => {
    t.stream(input)
      .groupBy((_key, value) => `k${value % 2}`, { key: text })
      .windowedBy(tumbling({ size: 10 }))
      .aggregate(
        () => 0,
        (sum, value) => sum + value,
        { store: 'sums', value: serde.int64() },
      )
      .toStream()
      .to(counts)
  })
  assert.is(drive.plan.subtopologies.length, 2)
  for (const value of [1, 2, 3]) drive.send(input, { key: 'a', value, time: 5 })
  assert.equal(
    drive.pairs('out').map(([key, sum]) => [(key as { key: string }).key, sum]),
    [
      ['k1', 1],
      ['k0', 2],
      ['k1', 4],
    ],
  )
})

test.run()
