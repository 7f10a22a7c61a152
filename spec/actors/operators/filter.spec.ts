// filter: lets a record through when the predicate holds, unchanged.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { filter } from '#actors/operators/filter'
import { isMillraceError } from '#protocols/core/errors'
import { DriveOne } from '../../kit/drive.ts'

test('a record goes on as it is when the predicate holds, and no further when not', () => {
  const drive = new DriveOne(filter((key: string, value: number) => key === 'a' && value > 1))
  drive.send('a', 1, 5)
  drive.send('a', 2, 6)
  drive.send('b', 2, 7)
  assert.equal(drive.take(), [['a', 2, 6]])
})

test('what a filter keeps back is not a drop', () => {
  const drive = new DriveOne(filter(() => false))
  drive.send(null, null)
  const { dropped, records } = drive.topology.counters
  assert.is(records, 1)
  assert.ok(Object.values(dropped).every((count) => count === 0))
})

test('a predicate that throws fails the record, not silently passes or drops it', () => {
  const drive = new DriveOne(
    filter((_key: string, value: { name: string }) => value.name.length > 0),
  )
  assert.throws(
    () => drive.send('a', null),
    (error: unknown) => isMillraceError(error, 'USER_FUNCTION_FAILED'),
  )
})

test.run()
