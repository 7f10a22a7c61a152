// Lists of rows by key: nothing unsealed is forgotten when they are evicted, and what a list says is
// what table and changes say together.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { keyValueCodec } from '#stores/cache/codec'
import { RowLists } from '#stores/cache/row-lists'
import type { Table } from '#stores/engine/engine'
import { memoryEngine } from '#stores/engine/memory'

interface Opened {
  readonly rows: RowLists<string, number>
  readonly table: Table
  put(key: string, time: number, value: number | undefined): void
  /** `time=value` of a key's rows from some time on. */
  list(key: string, from?: number): string[]
  seal(): void
  sealSome(max: number): boolean
}

function open(rowsMax = 1_000, table = memoryEngine().table('s'), bytesMax?: () => number): Opened {
  const rows = new RowLists<string, number>({
    table,
    layout: { key: serde.string(), segmentMs: 1_000, hasTie: false },
    values: keyValueCodec(serde.string(), serde.int32(), false),
    rowsMax,
    bytesMax,
  })
  return {
    rows,
    table,
    put: (key, time, value) => rows.write(rows.slot(key, time, 0), value, 0),
    list: (key, from = 0) =>
      rows
        .list(key, from)
        .rows.filter((it) => it.key.time >= from)
        .map((it) => `${it.key.time}=${it.value}`),
    seal: () => {
      rows.stage('s', { record() {} })
      rows.seal()
    },
    sealSome: (max) => {
      rows.stage('s', { record() {} })
      return rows.seal(max)
    },
  }
}

test('what is not sealed is never evicted, whatever else is asked for', () => {
  const { put, list, seal } = open(0)
  put('a', 1, 1)
  seal()
  put('a', 5, 5)
  put('a', 1, undefined)
  put('gone', 1, 1)
  put('gone', 1, undefined)
  for (let i = 0; i < 1_000; i++) list(`other ${i}`)
  assert.equal(list('a'), ['5=5'])
  assert.equal(list('gone'), [])
})

test('while a seal goes in parts nothing unsealed is evicted, and after it what was sealed is', () => {
  const { rows, put, list, sealSome } = open(0)
  for (let i = 0; i < 200; i++) put(`key ${i}`, i, i)
  const askForOthers = (): void => {
    for (let i = 0; i < 1_000; i++) list(`other ${i}`)
  }
  for (let isOver = false, n = 0; !isOver; n++) {
    isOver = sealSome(60)
    put(`new ${n}`, 5_000 + n, n)
    put('key 7', 7, n)
    askForOthers()
    assert.equal(list('key 7'), [`7=${n}`])
    assert.equal([...rows.walk({ from: 5_000, to: 6_000 })].length, n + 1)
    assert.is(rows.count(), 200 + n + 1)
  }
  for (let round = 0; round < 5; round++) {
    put(`late ${round}`, 9_000, round)
    while (!sealSome(60)) {}
    askForOthers()
  }
  assert.ok(rows.held < 100, `${rows.held} are held`)
  for (let i = 0; i < 200; i++) if (i !== 7) assert.equal(list(`key ${i}`), [`${i}=${i}`])
})

test('when rows may take fewer bytes than before, the next seal evicts them', () => {
  let bytesMax = 1 << 20
  const { rows, put, list, seal } = open(1_000, memoryEngine().table('s'), () => bytesMax)
  for (let i = 0; i < 100; i++) put(`key ${i}`, i, i)
  for (let round = 0; round < 5; round++) seal()
  assert.is(rows.held, 200)
  bytesMax = 0
  for (let round = 0; round < 5; round++) seal()
  assert.is(rows.held, 0)
  assert.equal(list('key 7'), ['7=7'])
})

test('what is sealed is evicted, and loaded again', () => {
  const { rows, table, put, list, seal } = open(10)
  for (let i = 0; i < 100; i++) put(`key ${i}`, i, i)
  seal()
  seal()
  for (let i = 0; i < 200; i++) list(`other ${i}`)
  assert.ok(rows.held <= 75, `${rows.held} are held`)
  for (let i = 0; i < 100; i++) assert.equal(list(`key ${i}`), [`${i}=${i}`])
  put('key 5', 5, undefined)
  seal()
  assert.is(table.count(), 99)
  assert.equal(list('key 5'), [])
  assert.is(rows.pending, 0)
})

test('a list grows downwards as older rows are asked for', () => {
  const { table, put, seal } = open()
  for (const time of [100, 1_500, 1_600, 3_000]) put('a', time, time)
  put('b', 1_550, 0)
  seal()
  const { rows, list } = open(1_000, table)
  assert.equal(list('a', 1_600), ['1600=1600', '3000=3000'])
  assert.is(rows.list('a', 1_600).rows.length, 2)
  assert.equal(list('a', 1_000), ['1500=1500', '1600=1600', '3000=3000'])
  assert.equal(list('a'), ['100=100', '1500=1500', '1600=1600', '3000=3000'])
})

test('of two slots of one new row, got before either was written, the later write stays', () => {
  const { rows, list, seal } = open()
  const [one, other] = [rows.slot('a', 1, 0), rows.slot('a', 1, 0)]
  rows.write(one, 1, 0)
  rows.write(other, 2, 0)
  assert.equal(list('a'), ['1=2'])
  assert.is(rows.count(), 1)
  seal()
  assert.is(rows.count(), 1)
  assert.equal(
    [...rows.walk({ from: 0, to: 9 })].map((it) => it.value),
    [2],
  )
})

test('a row that was written through two slots is gone when it is removed through the later one', () => {
  const { rows, table, seal, list } = open()
  const [one, two] = [rows.slot('a', 1, 0), rows.slot('a', 1, 0)]
  rows.write(one, 1, 0)
  rows.write(two, 2, 0)
  rows.write(two, undefined, 0)
  assert.equal(list('a'), [])
  seal()
  assert.is(table.count(), 0)
})

test('a row that is put again after it was removed is there, before and after the seal', () => {
  const { rows, put, list, seal } = open()
  put('a', 1, 1)
  seal()
  put('a', 1, undefined)
  put('a', 1, 2)
  assert.equal(list('a'), ['1=2'])
  assert.is(rows.count(), 1)
  seal()
  assert.equal(list('a'), ['1=2'])
  assert.is(rows.count(), 1)
})

test('removing what is not there tells nobody', () => {
  const { rows, put } = open()
  put('a', 1, undefined)
  assert.is(rows.pending, 0)
})

test('rows are expired by whole segments, oldest first, at most so many at once', () => {
  const { rows, put, seal } = open()
  for (let i = 0; i < 30; i++) put('a', i * 100, i)
  seal()
  assert.is(rows.expire(2_500, 15), 15)
  assert.is(rows.expire(2_500, 15), 5)
  assert.is(rows.expire(2_500, 15), 0)
  assert.is(rows.count(), 10)
  seal()
  assert.is(rows.count(), 10)
})

test('rows that expire before they are sealed never come into the table, and are pending no more', () => {
  const { rows, table, put, seal } = open()
  const stage = (): void => rows.stage('s', { record() {} })
  put('a', 100, 1)
  seal()
  put('a', 200, 2)
  put('b', 300, 3)
  stage()
  assert.is(rows.expire(5_000, 9), 3)
  stage()
  // The deletion of the one that was sealed.
  assert.is(rows.pending, 1)
  rows.seal()
  assert.is(table.count(), 0)
  assert.is(rows.expire(5_000, 9), 0)
})

test('of rows that are not sealed at most so many expire at once, the dead behind a living one later', () => {
  const { rows, table, put, seal } = open()
  for (const [n, time] of [100, 200, 300, 6_000, 400].entries()) put('a', time, n)
  assert.is(rows.expire(5_000, 2), 2)
  assert.is(rows.expire(5_000, 2), 1)
  assert.is(rows.expire(5_000, 2), 0)
  seal()
  assert.is(table.count(), 2)
  assert.is(rows.expire(5_000, 2), 1)
  seal()
  assert.is(table.count(), 1)
  assert.equal(
    [...rows.walk({ from: 0, to: 9_000 })].map(({ key }) => key.time),
    [6_000],
  )
})

test('memory follows what may be asked for: lists with nothing so late are let go of, sealed or not', () => {
  const { rows, put, list, seal } = open(1_000_000)
  for (let i = 0; i < 4_000; i++) {
    put(`key ${i}`, i, i)
    list(`looked for ${i}`, i)
    if (i % 32 === 0) rows.expire(i - 99, 64)
    if (i === 2_000) seal()
  }
  // Of a hundred that live, and as many that were looked for, each with its row.
  assert.ok(rows.held <= 500, `${rows.held} are held`)
  for (let i = 3_900; i < 4_000; i++) assert.equal(list(`key ${i}`, 3_900), [`${i}=${i}`])
  seal()
  for (let i = 3_900; i < 4_000; i++) assert.equal(list(`key ${i}`, 3_900), [`${i}=${i}`])
  while (rows.expire(4_000, 64) > 0) seal()
  seal()
  while (rows.expire(4_000, 64) > 0) seal()
  assert.is(rows.count(), 0)
})

test('a list that was asked for a late time stays, however old its rows are', () => {
  const { rows, put, list } = open()
  put('a', 100, 1)
  list('a', 5_000)
  put('b', 100, 1)
  for (let i = 0; i < 10; i++) rows.expire(5_000, 9)
  // Of the first the list and its row.
  assert.is(rows.held, 2)
  put('a', 5_000, 2)
  assert.equal(list('a', 5_000), ['5000=2'])
})

test('looking for a key without rows keeps nothing of it, unless a segment from then on was sealed', () => {
  const { rows, table, put, seal } = open()
  put('a', 1_500, 1)
  assert.is(rows.find('b', 0), null)
  assert.is(rows.held, 2)
  assert.is(rows.find('a', 0)?.rows.length, 1)
  seal()
  const after = open(1_000, table).rows
  assert.is(after.find('a', 2_000), null)
  assert.is(after.held, 0)
  assert.is(after.find('a', 1_000)?.rows.length, 1)
  assert.is(after.find('b', 1_000)?.rows.length, 0)
})

test('restoring into lists that are in use is a broken belief', () => {
  const { rows, list } = open()
  list('a')
  assert.throws(() => rows.restore(Uint8Array.of(1), null), /restored before it is used/)
})

test.run()
