// aggregate, count, reduce: the records of each key folded into one value, every change forwarded.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { aggregate, count, reduce } from '#actors/operators/aggregate'
import type { KeptSpec } from '#actors/operators/kept-rows'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { DriveOne } from '../../kit/drive.ts'

const STORE: StoreSpec = {
  name: 'kept',
  kind: 'timestamped',
  key: serde.json(),
  value: serde.json(),
}

const KEPT: KeptSpec = { store: 'kept', isVersioned: false, isHeld: false }

const drive = (make: unknown): DriveOne => new DriveOne(make, [STORE])

test('count counts the records of each key and forwards before and after', () => {
  const it = drive(count(KEPT))
  it.send('a', 'x', 1)
  it.send('b', 'x', 2)
  it.send('a', 'x', 3)
  assert.equal(it.take(), [
    ['a', { before: null, after: 1 }, 1],
    ['b', { before: null, after: 1 }, 2],
    ['a', { before: 1, after: 2 }, 3],
  ])
  assert.equal(
    [...it.store('kept').all()],
    [
      ['a', 2],
      ['b', 1],
    ],
  )
})

test('a record without a key or without a value is dropped and counted', () => {
  for (const make of [count(KEPT), reduce(KEPT, () => 1)]) {
    const it = drive(make)
    it.send(null, 1)
    it.send('a', null)
    it.send(null, null)
    assert.equal(it.take(), [])
    assert.is(it.topology.counters.dropped['null-key'], 2)
    assert.is(it.topology.counters.dropped['null-value'], 1)
    assert.is(it.store('kept').approximateCount(), 0)
  }
})

test('the time of an aggregate is the newest of the records folded in', () => {
  const it = drive(count(KEPT))
  for (const time of [5, 3, 9, 4]) it.send('a', 1, time)
  assert.equal(
    it.take().map(([, , time]) => time),
    [5, 5, 9, 9],
  )
  assert.is(it.store('kept').getTimestamped('a')?.time, 9)
})

test('reduce keeps the first value as it is and folds the others in order', () => {
  const it = drive(
    reduce(KEPT, (kept: string, value: string, key: string) => `${key}(${kept}${value})`),
  )
  for (const value of ['x', 'y', 'z']) it.send('k', value)
  assert.equal(
    it.take().map(([, value]) => value),
    [
      { before: null, after: 'x' },
      { before: 'x', after: 'k(xy)' },
      { before: 'k(xy)', after: 'k(k(xy)z)' },
    ],
  )
})

test('an aggregate begins with what initialize answers, anew for each key', () => {
  const sum = (total: number, value: number): number => total + value
  const it = drive(aggregate({ kept: KEPT, initialize: () => 100, update: sum }))
  it.send('a', 1)
  it.send('a', 2)
  it.send('b', 5)
  assert.equal(
    [...it.store('kept').all()],
    [
      ['a', 103],
      ['b', 105],
    ],
  )
})

test('a null result deletes the row, and the next record starts afresh at its own time', () => {
  const small = (total: number, value: number): number | null =>
    total + value > 10 ? null : total + value
  const it = drive(aggregate({ kept: KEPT, initialize: () => 0, update: small }))
  it.send('a', 8, 50)
  it.send('a', 8, 60)
  assert.is(it.store('kept').get('a'), undefined)
  it.send('a', 1, 20)
  assert.equal(it.take(), [
    ['a', { before: null, after: 8 }, 50],
    ['a', { before: 8, after: null }, 60],
    ['a', { before: null, after: 1 }, 20],
  ])
})

test('a reducer that answers nothing deletes, as null does', () => {
  const it = drive(reduce(KEPT, () => undefined as unknown as null)) // as from JavaScript
  it.send('a', 1)
  it.send('a', 2)
  assert.equal(it.take().at(-1), ['a', { before: 1, after: null }, 0])
})

test('an update that throws leaves the row as it was', () => {
  const sum = (total: number, value: number): number => {
    if (value === 13) throw new Error('unlucky')
    return total + value
  }
  const it = drive(aggregate({ kept: KEPT, initialize: () => 0, update: sum }))
  it.send('a', 1)
  assert.throws(() => it.send('a', 13), /unlucky/)
  assert.is(it.store('kept').get('a'), 1)
})

test('counts are those of a plain fold over all records, whatever the order of keys', () => {
  const records = fc.array(fc.tuple(fc.option(fc.nat(3)), fc.option(fc.boolean()), fc.nat(9)))
  fc.assert(
    fc.property(records, (all) => {
      const it = drive(count(KEPT))
      const model = new Map<number, number>()
      for (const [key, value, time] of all) {
        it.send(key, value, time)
        if (key !== null && value !== null) model.set(key, (model.get(key) ?? 0) + 1)
      }
      assert.equal([...it.store('kept').all()], [...model].sort())
      assert.is(
        it.take().length,
        [...model.values()].reduce((sum, n) => sum + n, 0),
      )
    }),
  )
})

test.run()
