// sink and repartition: the way out to a topic, with time and headers.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { repartition, sink } from '#actors/operators/sink'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { DriveOne } from '../../kit/drive.ts'

const key = serde.nullable(serde.string())
const value = serde.nullable(serde.int64())
const target = { topic: 'out', key, value }

test('a record is written with its time and the headers of the input record', () => {
  const drive = new DriveOne(sink(target))
  drive.send('a', 1, 7, [['trace', utf8('x')]])
  const [found] = drive.written
  assert.is(found?.topic, 'out')
  assert.equal([found?.key, found?.value, found?.time], ['a', 1, 7])
  assert.equal(
    found?.headers.map(([name, bytes]) => [name, String(Buffer.from(bytes))]),
    [['trace', 'x']],
  )
})

test('a sink writes records without key or value as they are', () => {
  const drive = new DriveOne(sink(target))
  drive.send(null, 1)
  drive.send('a', null)
  assert.equal(
    drive.written.map((it) => [it.key, it.value]),
    [
      [null, 1],
      ['a', null],
    ],
  )
})

test('a repartition drops and counts records without a key: nothing could place them', () => {
  const drive = new DriveOne(repartition({ ...target, key: serde.string() }))
  drive.send(null, 1)
  drive.send('a', null)
  drive.send('a', 1)
  assert.equal(
    drive.written.map((it) => [it.key, it.value]),
    [
      ['a', null],
      ['a', 1],
    ],
  )
  assert.is(drive.topology.counters.dropped.unplaced, 1)
})

test('a value that the topic cannot hold fails the record, with its place', () => {
  const drive = new DriveOne(sink(target))
  drive.send('a', 1)
  assert.throws(
    () => drive.send('a', 'text'),
    (error: unknown) => isMillraceError(error, 'VALUE_REFUSED') && error.where === 'in/0 offset 1',
  )
})

test.run()
