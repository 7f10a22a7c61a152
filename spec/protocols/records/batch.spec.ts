// The record batch: what goes in comes out, and what was damaged is never read as data.

import { crc32, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset, streamTime } from '#protocols/core/brands'
import { utf8 } from '#protocols/core/bytes'
import { isMillraceError } from '#protocols/core/errors'
import {
  BatchBuilder,
  BatchCursor,
  batchSpan,
  readBatch,
  recordsOf,
} from '#protocols/records/batch'
import { NO_HEADERS, type RawRecord } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'

const TIME_MAX = 2 ** 52 - 1
const optional = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null })
const records: fc.Arbitrary<RawRecord[]> = fc.array(
  fc.record({
    key: optional,
    value: optional,
    time: fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: TIME_MAX })).map(streamTime),
    headers: fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 20 })), { maxLength: 3 }),
  }),
  { maxLength: 20 },
)
const compression = fc.constantFrom('none' as const, 'gzip' as const)
const bytesOrNone = fc.option(fc.uint8Array(), { nil: undefined })

test('records come back with key, value, time, headers and offset', () => {
  fc.assert(
    fc.property(records, compression, bytesOrNone, fc.maxSafeNat(), (all, zip, commit, base) => {
      const from = offset(Math.min(base, Number.MAX_SAFE_INTEGER - 100))
      const bytes = built(all).finish({ compression: zip, ...(commit && { commit }) })
      const batch = readBatch(bytes)
      assert.is(batch.count, all.length)
      assert.is(batch.span, Math.max(1, all.length))
      assert.is(batch.compression, zip)
      assert.equal(batch.commit && [...batch.commit], commit && [...commit])
      assert.is(batch.maxTime, Math.max(0, ...all.map(({ time }) => time)))
      const expected = all.map((record, i) => ({ ...record, offset: from + i }))
      assert.equal(recordsOf(bytes, from).map(plain), expected.map(plain))
    }),
  )
})

test('a batch says when what is in it came in, or that nobody knows', () => {
  fc.assert(
    fc.property(fc.option(fc.maxSafeNat(), { nil: undefined }), compression, (at, zip) => {
      const since = at === undefined ? {} : { intakeTime: at }
      const bytes = built([plainRecord('a')]).finish({ compression: zip, ...since })
      assert.is(readBatch(bytes).intakeTime, at ?? 0)
      assert.is(recordsOf(bytes).length, 1)
    }),
  )
})

test('null and empty are different and stay different', () => {
  const builder = new BatchBuilder()
  builder.add(null, new Uint8Array(0), 1)
  builder.add(new Uint8Array(0), null, 1)
  const [first, second] = recordsOf(builder.finish())
  assert.is(first?.key, null)
  assert.is(first?.value?.length, 0)
  assert.is(second?.key?.length, 0)
  assert.is(second?.value, null)
})

test('no flip of a single bit is read as a batch', () => {
  const builder = new BatchBuilder()
  builder.add(utf8('key'), utf8('value'), 1_700_000_000_000, [['name', utf8('x')]])
  builder.add(null, utf8('another'), 1_700_000_000_001)
  const bytes = builder.finish({ commit: utf8('commit') })
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Uint8Array.from(bytes)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => readBatch(damaged), isUnreadable)
  }
})

test('any damaged byte, lost tail or foreign bytes are refused', () => {
  const bytes = built([plainRecord('a'), plainRecord('b')]).finish({ compression: 'gzip' })
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const damaged = Uint8Array.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ mask
      assert.throws(() => readBatch(damaged), isUnreadable)
      assert.throws(() => readBatch(bytes.subarray(0, at)), isUnreadable)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array(), (noise) => {
      assert.throws(() => readBatch(noise), isUnreadable)
    }),
  )
})

test('a checksum over nonsense does not make it a batch', () => {
  const records = (bytes: readonly number[]): number[] => [0x42, bytes.length, ...bytes]
  const nonsense: readonly (readonly [string, readonly number[]])[] = [
    ['an unknown compression', [0x30, 2, ...records([...gzipSync(Uint8Array.of(0x0a, 0))])]],
    ['gzip that is none', [0x30, 1, ...records([1, 2, 3])]],
    ['a field past the end', [0x42, 200, 1]],
    ['a value past the end', records([0x0a, 4, 0x12, 2, 65])],
    ['a key that takes the next record', records([0x0a, 2, 0x0a, 2, 0x0a, 0])],
    ['a record past the end', records([0x0a, 9, 0x12])],
    ['a key past its record', records([0x0a, 2, 0x0a, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1])],
    ['something else than a record', records([0x12, 0])],
    ['a number without an end', [0x10, 0xff]],
    ['a group', [0x13, 0]],
  ]
  for (const [what, body] of nonsense) {
    assert.throws(() => recordsOf(sealed(body)), isUnreadable, what)
  }
})

test('fields of newer writers are passed over, in the envelope and in records', () => {
  // Fields 20 to 23, one of each wire type, around a value.
  const news = [
    0xa0, 1, 0xff, 1, 0xa9, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xb2, 1, 2, 9, 9, 0xbd, 1, 1, 2, 3, 4,
  ]
  const record = [...news, 0x12, 1, 65, ...news]
  const inside = [0x0a, record.length, ...record]
  const bytes = sealed([...news, 0x10, 1, 0x18, 1, 0x42, inside.length, ...inside, ...news])
  assert.equal(
    recordsOf(bytes).map(({ value }) => value?.[0]),
    [65],
  )
})

test('an empty batch takes one offset and has no records', () => {
  const bytes = new BatchBuilder().finish({ commit: utf8('claim') })
  assert.is(batchSpan(bytes), 1)
  assert.equal(recordsOf(bytes), [])
})

test('compaction keeps offsets: gaps between records and after the last', () => {
  const all = recordsOf(built(['a', 'b', 'c', 'd', 'e'].map(plainRecord)).finish(), offset(100))
  fc.assert(
    fc.property(fc.subarray(all), (kept) => {
      const builder = new BatchBuilder()
      for (const record of kept) builder.addAt(record.offset - 100, record)
      const bytes = builder.finish({ span: 5 })
      assert.is(batchSpan(bytes), 5)
      assert.equal(recordsOf(bytes, offset(100)).map(plain), kept.map(plain))
    }),
  )
})

test('a record whose encoder throws was never added', () => {
  const builder = new BatchBuilder()
  builder.add(utf8('a'), utf8('1'), 1)
  const { write } = serde.string()
  const fails = (): never => {
    throw new Error('no')
  }
  assert.throws(() => builder.addTyped('key', write, 'value', fails, 2, NO_HEADERS), /no/)
  assert.throws(() => builder.addTyped('key', fails, 'value', write, 2, NO_HEADERS), /no/)
  builder.add(utf8('b'), utf8('2'), 3)
  const found = recordsOf(builder.finish())
  assert.equal(
    found.map(({ key, offset: at }) => [key && String(key), at]),
    [
      ['a', 0],
      ['b', 1],
    ],
  )
})

test('times are whole milliseconds from 0 to 2^52 - 1', () => {
  const builder = new BatchBuilder()
  for (const time of [-1, 0.5, TIME_MAX + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () => builder.add(null, null, time),
      (error: unknown) => isMillraceError(error, 'TIME_INVALID'),
    )
  }
  assert.is(builder.count, 0)
  builder.add(null, null, TIME_MAX)
  builder.add(null, null, 0)
  assert.equal(
    recordsOf(builder.finish()).map(({ time }) => time),
    [TIME_MAX, 0],
  )
})

test('a builder that was finished or cleared remembers nothing', () => {
  const used = built([plainRecord('a')])
  used.finish()
  used.add(null, utf8('gone'), 7)
  used.clear()
  const fresh = new BatchBuilder()
  assert.equal([...used.finish()], [...fresh.finish()])
})

test('a builder that keeps what it has can be finished again, under another header', () => {
  const builder = built([plainRecord('a'), plainRecord('b')])
  const first = builder.finish({ commit: utf8('one'), keep: true })
  builder.add(null, utf8('later'), 1)
  const second = builder.finish({ commit: utf8('two') })
  assert.is(recordsOf(first).length, 2)
  assert.equal(
    recordsOf(second).map(({ value }) => value && String(value)),
    ['value of a', 'value of b', 'later'],
  )
  assert.is(builder.count, 0)
})

test('a record copied from a cursor outlives the bytes it was read from', () => {
  const bytes = built([plainRecord('a')]).finish()
  const cursor = new BatchCursor(readBatch(bytes), offset(0))
  assert.ok(cursor.next())
  const record = cursor.record()
  bytes.fill(0)
  assert.is(record.key && String(record.key), 'a')
  assert.is(record.value && String(record.value), 'value of a')
  assert.not.ok(cursor.next())
})

function built(all: readonly RawRecord[]): BatchBuilder {
  const builder = new BatchBuilder()
  for (const { key, value, time, headers } of all) builder.add(key, value, time, headers)
  return builder
}

const plainRecord = (key: string): RawRecord => ({
  key: utf8(key),
  value: utf8(`value of ${key}`),
  time: streamTime(1_700_000_000_000),
  headers: [],
})

/** Comparable whatever kind of byte array holds the bytes. */
const plain = ({ key, value, time, headers, offset: at }: RawRecord & { offset?: number }) => ({
  key: key && [...key],
  value: value && [...value],
  time,
  at,
  headers: headers.map(([name, bytes]) => [name, [...bytes]]),
})

/** A body under a checksum that holds. */
function sealed(body: readonly number[]): Uint8Array {
  const bytes = Buffer.from([0x0d, 0, 0, 0, 0, ...body])
  bytes.writeUInt32LE(crc32(bytes.subarray(5)), 1)
  return bytes
}

function isUnreadable(error: unknown): boolean {
  return isMillraceError(error, 'BATCH_UNREADABLE')
}

test.run()
