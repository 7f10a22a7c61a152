// topic: a name, what its keys and values are, and the options that a broker will be asked for.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { isMillraceError } from '#protocols/core/errors'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'
import { topic } from '#runtime/dsl/topic'
import { DrivePlan } from '../../kit/drive-plan.ts'

test('a topic without declared keys and values has bytes, or none', () => {
  const { key, value } = topic('lines')
  assert.equal([key.name, key.isNullable], ['bytes', true])
  assert.equal([value.name, value.isNullable], ['bytes', true])
})

test('a schema declares values kept as JSON', () => {
  const { value } = topic('orders', { value: z.object({ amount: z.number() }) })
  assert.is(value.name, 'json')
  assert.equal(decoded(value, encoded(value, { amount: 3 })), { amount: 3 })
  assert.throws(() => decoded(value, encoded(value, { amount: '3' } as never)), /amount: /)
})

test('options other than serdes are kept as they were given', () => {
  const { name, options } = topic('orders', {
    partitions: 3,
    cleanup: 'compact',
    onInvalid: 'skip',
  })
  assert.is(name, 'orders')
  assert.equal(options, { partitions: 3, cleanup: 'compact', onInvalid: 'skip' })
})

test('a name that no broker could keep is refused', () => {
  for (const name of ['', 'with space', 'a/b', 'ü', 'x'.repeat(201)]) {
    assert.throws(
      () => topic(name),
      (error: unknown) => isMillraceError(error, 'TOPIC_INVALID'),
    )
  }
  assert.is(topic('x'.repeat(200)).name.length, 200)
})

test('a topic can say what the time of a record is, knowing the newest of its partition', () => {
  const text = serde.string()
  const known: number[] = []
  const timed = topic('timed', {
    key: text,
    value: text,
    timestamp: ({ value, time }, partitionTime) => {
      known.push(partitionTime)
      return value === '' ? time : Number(value)
    },
  })
  const times: number[] = []
  const look = (...[, , time]: [unknown, unknown, number]) => void times.push(time)
  const drive = new DrivePlan((t) => t.stream(timed).forEach(look))
  for (const value of ['5', '', '3', '-1', '9']) drive.send(timed, { key: 'k', value, time: 4 })
  assert.equal(times, [5, 4, 3, 9])
  assert.equal(known, [-1, 5, 5, 5, 5])
  assert.is(drive.dropped, 1)
})

test.run()
