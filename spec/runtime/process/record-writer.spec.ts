// Records from outside are placed by key and appended in order, all of them once.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Append, Producer } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import { BatchCursor, readBatch } from '#protocols/records/batch'
import { partitionOf } from '#protocols/records/partitioner'
import { RecordWriter } from '#runtime/process/record-writer'

class Kept implements Producer {
  readonly calls: (readonly Append[])[] = []
  refusals = 0
  readonly #ends = new Map<number, number>()

  async append(appends: readonly Append[]) {
    if (this.refusals-- > 0) throw new Error('full')
    this.calls.push(appends)
    return appends.map(({ to, batch }) => {
      const base = this.#ends.get(to.partition) ?? 0
      this.#ends.set(to.partition, base + readBatch(batch).count)
      return offset(base)
    })
  }

  values(partition: number): string[] {
    return this.calls.flat().flatMap(({ to, batch }) => {
      if (to.partition !== partition) return []
      const cursor = new BatchCursor(readBatch(batch), offset(0))
      const found: string[] = []
      while (cursor.next()) found.push(fromUtf8(cursor.record().value ?? utf8('')))
      return found
    })
  }
}

const recordOf = (key: string | null, value: string) => ({
  ...{ key: key === null ? null : utf8(key), value: utf8(value), time: 1, headers: [] },
})

test('each key has one partition, and keeps its order there', async () => {
  const keys = fc.array(fc.string({ maxLength: 3 }), { maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 7 }), async (list, partitions) => {
      const kept = new Kept()
      const writer = new RecordWriter(kept, 'topic', partitions)
      const expected = Array.from({ length: partitions }, (): string[] => [])
      for (const [n, key] of list.entries()) {
        writer.add(recordOf(key, String(n)))
        const bytes = utf8(key)
        expected[partitionOf(bytes, bytes.length, partitions)]?.push(String(n))
        if (n % 7 === 3) await writer.flush()
      }
      await writer.flush()
      assert.equal(
        expected,
        expected.map((_, partition) => kept.values(partition)),
      )
      assert.is(writer.records, list.length)
    }),
  )
})

test('records without a key go round', async () => {
  const kept = new Kept()
  const writer = new RecordWriter(kept, 'topic', 3)
  for (let n = 0; n < 9; n++) writer.add(recordOf(null, String(n)))
  await writer.flush()
  for (const partition of [0, 1, 2]) assert.is(kept.values(partition).length, 3)
})

test('it says when it has enough, and one flush appends all of it in one step', async () => {
  const kept = new Kept()
  const writer = new RecordWriter(kept, 'topic', 2)
  const value = 'x'.repeat(10_000)
  let count = 1
  while (!writer.add(recordOf(null, value))) count++
  assert.ok(count > 300 && count < 500, `${count} records`)
  assert.is(writer.records, 0)
  await writer.flush()
  assert.is(kept.calls.length, 1)
  assert.is(writer.records, count)
})

test('what was refused is appended by the next flush, in its place and once', async () => {
  const kept = new Kept()
  const writer = new RecordWriter(kept, 'topic', 1)
  for (const value of ['a', 'b']) {
    writer.add(recordOf('k', value))
    kept.refusals = 1
    const refused = await writer.flush().catch((error: Error) => error.message)
    assert.is(refused, 'full')
  }
  assert.is(writer.records, 0)
  writer.add(recordOf('k', 'c'))
  await writer.flush()
  await writer.flush()
  assert.equal(kept.values(0), ['a', 'b', 'c'])
  assert.is(writer.records, 3)
  assert.equal([...writer.last], [[0, 2]])
})

test.run()
