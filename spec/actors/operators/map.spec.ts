// map, mapValues, flatMapValues, selectKey: one record in, one or several out, time kept.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { flatMapValues, map, mapValues, selectKey } from '#actors/operators/map'
import { isMillraceError } from '#protocols/core/errors'
import { DriveOne } from '../../kit/drive.ts'

test('map answers a new key and a new value at the same time', () => {
  const drive = new DriveOne(map((key: string, value: number) => [value, key]))
  drive.send('a', 1, 7)
  assert.equal(drive.take(), [[1, 'a', 7]])
})

test('mapValues keeps the key, also when there is none', () => {
  const drive = new DriveOne(mapValues((value: number, key: string) => `${key} ${value}`))
  drive.send('a', 1, 7)
  drive.send(null, 2, 8)
  assert.equal(drive.take(), [
    ['a', 'a 1', 7],
    [null, 'null 2', 8],
  ])
})

test('mapValues sees a null value where the type allows it', () => {
  const drive = new DriveOne(mapValues((value: number | null) => value ?? -1))
  drive.send('a', null, 7)
  assert.equal(drive.take(), [['a', -1, 7]])
})

test('flatMapValues answers any number of records in order, from an array or any iterable', () => {
  function* letters(value: string): Generator<string> {
    yield* value
  }
  for (const split of [(value: string) => value.split(''), letters]) {
    const drive = new DriveOne(flatMapValues(split))
    drive.send('a', 'xyz', 7)
    drive.send('a', '', 8)
    assert.equal(drive.take(), [
      ['a', 'x', 7],
      ['a', 'y', 7],
      ['a', 'z', 7],
    ])
  }
})

test('selectKey keeps value and time', () => {
  const drive = new DriveOne(selectKey((_key: string, value: { id: number }) => value.id))
  drive.send('a', { id: 5 }, 7)
  assert.equal(drive.take(), [[5, { id: 5 }, 7]])
})

test('an error of a user function says which operator and which record it was', () => {
  const cause = new Error('no vowels')
  const fails = (): never => {
    throw cause
  }
  for (const make of [map(fails), mapValues(fails), flatMapValues(fails), selectKey(fails)]) {
    const drive = new DriveOne(make)
    assert.throws(
      () => drive.send('a', 1),
      (error: unknown) =>
        isMillraceError(error, 'USER_FUNCTION_FAILED') &&
        error.message === "operator 'operator' threw Error: no vowels (in/0 offset 0)" &&
        error.cause === cause,
    )
  }
})

test.run()
