// A trimmed batch is the rest of the batch: the same records at the same offsets, headers, times and
// commit header, whatever gaps it has.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset, streamTime } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, readBatch, recordsOf } from '#protocols/records/batch'
import type { StoredRecord } from '#protocols/records/record'
import { trimBatch } from '#protocols/records/trim-batch'
import { shown } from '../../contracts/broker-kit.ts'

const BASE = 1_000

test('what is left of a trimmed batch lies where it lay', () => {
  const deltas = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 })
  const property = fc.property(deltas, fc.nat(30), (unsorted, cut) => {
    const sorted = [...unsorted].sort((a, b) => a - b)
    const builder = new BatchBuilder()
    for (const delta of sorted) builder.addAt(delta, record(delta))
    const bytes = builder.finish({ span: 31, commit: utf8('header') })
    const trimmed = trimBatch(readBatch(bytes), cut)
    const all = recordsOf(bytes, offset(BASE)).filter((it) => it.offset >= BASE + cut)
    assert.equal(
      shown(trimmed, offset(BASE + cut)),
      all.map((it) => `${it.offset} k${it.offset - BASE}=v`),
    )
    assert.is(trimmed.span, 31 - cut)
    assert.is(Buffer.from(trimmed.commit ?? []).toString(), 'header')
  })
  fc.assert(property)
})

test('times and headers of what is left stay', () => {
  const builder = new BatchBuilder()
  for (const delta of [0, 1, 2]) builder.addAt(delta, record(delta))
  const whole = recordsOf(builder.finish({ keep: true }), offset(0))
  const trimmed = trimBatch(readBatch(builder.finish({ intakeTime: 7 })), 1)
  const again = new BatchBuilder()
  for (const { offset: at, ...rest } of whole.slice(1)) again.addAt(at - 1, { ...rest, offset: at })
  assert.equal(trimmed, readBatch(again.finish({ intakeTime: 7 })))
  assert.is(trimmed.baseTime, whole[1]?.time)
})

const record = (delta: number): StoredRecord => ({
  key: utf8(`k${delta}`),
  value: utf8('v'),
  time: streamTime(5_000 - delta * 7),
  offset: offset(delta),
  headers: [['origin', utf8(String(delta))]],
})

test.run()
