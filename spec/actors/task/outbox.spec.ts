// Outputs wait until they are taken, grouped by partition, each where its key belongs.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Outbox } from '#actors/task/outbox'
import type { Append } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { BatchCursor, readBatch } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import { NO_HEADERS } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'
import { decoded, encoded } from '#protocols/serdes/whole'

const text = serde.string()

/** `partition key=value` of everything taken, in order. */
function taken(appends: readonly Append[]): string[] {
  return appends.flatMap(({ to, batch }) => {
    const cursor = new BatchCursor(readBatch(batch), offset(0))
    const lines: string[] = []
    while (cursor.next()) {
      const { key, value } = cursor.record()
      const [k, v] = [key, value].map((bytes) => (bytes === null ? '' : decoded(text, bytes)))
      lines.push(`${to.partition} ${k}=${v}`)
    }
    return lines
  })
}

test('a record goes where its key belongs, in order, and is taken once', () => {
  const keys = fc.array(fc.string({ maxLength: 40 }), { maxLength: 50 })
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 5 }), (keys, partitions) => {
      const outbox = new Outbox(() => partitions)
      const output = outbox.output('out', text, text)
      const expected: string[][] = Array.from({ length: partitions }, () => [])
      keys.forEach((key, i) => {
        output.emit(key, String(i), 1, NO_HEADERS)
        const bytes = encoded(text, key)
        const partition = partitionOf(bytes, bytes.length, partitions)
        expected[partition]?.push(`${partition} ${key}=${i}`)
      })
      assert.is(outbox.byteLength > 0, keys.length > 0)
      assert.equal(taken(outbox.take()), expected.flat())
      assert.is(outbox.byteLength, 0)
      assert.equal([...outbox.taken], keys.length === 0 ? [] : [['out', keys.length]])
      assert.equal(outbox.take(), [])
      assert.is(outbox.taken.size, 0)
    }),
  )
})

test('records without a key stay together in a transaction, and move on with the next', () => {
  const outbox = new Outbox(() => 3)
  const output = outbox.output('out', text, text)
  const partitions = [1, 2, 3, 4].map(() => {
    output.emit(null, 'a', 1, NO_HEADERS)
    output.emit(null, 'b', 1, NO_HEADERS)
    return taken(outbox.take()).map((line) => line[0])
  })
  assert.equal(partitions, [
    ['0', '0'],
    ['1', '1'],
    ['2', '2'],
    ['0', '0'],
  ])
})

test('much output of one partition becomes several batches', () => {
  const outbox = new Outbox(() => 1)
  const output = outbox.output('out', text, text)
  const value = 'x'.repeat(10_000)
  for (let i = 0; i < 100; i++) output.emit('k', value, 1, NO_HEADERS)
  const appends = outbox.take()
  assert.is(appends.length, 4)
  assert.is(taken(appends).length, 100)
})

test.run()
