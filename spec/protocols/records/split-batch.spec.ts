// Splitting keeps records and their order, and each part within the limits.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BatchBuilder, readBatch, recordsOf } from '#protocols/records/batch'
import { splitBatch } from '#protocols/records/split-batch'

const records = fc.array(
  fc.record({
    key: fc.option(fc.uint8Array({ maxLength: 30 })),
    value: fc.option(fc.uint8Array({ maxLength: 90 })),
    time: fc.nat(1_000_000),
    name: fc.string({ maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 40 },
)

test('parts hold the same records in the same order, each within the limits', () => {
  const property = fc.property(records, fc.integer({ min: 1, max: 9 }), (all, spanMax) => {
    const builder = new BatchBuilder()
    for (const { key, value, time, name } of all) {
      builder.add(key, value, time, [[name, new Uint8Array(3)]])
    }
    const whole = Uint8Array.from(builder.finish({ compression: spanMax % 2 ? 'gzip' : 'none' }))
    const limits = { bytesMax: 400, spanMax }
    const parts = splitBatch(whole, limits)
    const strip = (bytes: Uint8Array) => recordsOf(bytes).map(({ offset: _, ...rest }) => rest)
    assert.equal(parts.flatMap(strip), strip(whole))
    for (const part of parts) {
      assert.ok(readBatch(part).span <= spanMax)
      assert.ok(part.length <= limits.bytesMax)
    }
  })
  fc.assert(property)
})

test('a batch within the limits is left as it is', () => {
  const builder = new BatchBuilder()
  builder.add(null, null, 1)
  const bytes = builder.finish()
  assert.is(splitBatch(bytes, { bytesMax: 1_000, spanMax: 10 })[0], bytes)
})

test('parts came in when the batch did', () => {
  const builder = new BatchBuilder()
  for (let i = 0; i < 3; i++) builder.add(null, null, 1)
  const parts = splitBatch(builder.finish({ intakeTime: 7 }), { bytesMax: 1_000, spanMax: 2 })
  assert.equal(
    parts.map((part) => readBatch(part).intakeTime),
    [7, 7],
  )
})

test('a record that is too large alone stays alone', () => {
  const builder = new BatchBuilder()
  for (const length of [10, 5_000, 10]) builder.add(null, new Uint8Array(length), 1)
  const parts = splitBatch(builder.finish(), { bytesMax: 400, spanMax: 10 })
  assert.equal(
    parts.map((part) => readBatch(part).count),
    [1, 1, 1],
  )
})

test.run()
