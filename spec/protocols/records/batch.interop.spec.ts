// Other languages read our batches with the grammar we publish, and we read theirs: both ways with
// protobufjs and the grammar as it stands above the encoder.

import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { offset, streamTime } from '#protocols/core/brands'
import { BatchBuilder, readBatch, recordsOf } from '#protocols/records/batch'
import type { RawRecord } from '#protocols/records/record'

const root = protobuf.parse(`syntax = "proto3";\n${publishedGrammar()}`, { keepCase: true }).root
const RecordBatch = root.lookupType('RecordBatch')
const Records = root.lookupType('Records')

/** What the grammar makes of a record; an absent field is undefined. */
interface WireRecord {
  key?: Uint8Array
  value?: Uint8Array
  time_delta?: number
  header?: { name: string; value: Uint8Array }[]
  offset_delta?: number
}

interface WireBatch {
  crc: number
  count?: number
  base_time?: number
  max_time?: number
  intake_time?: number
  commit?: Uint8Array
  records?: Uint8Array
}

const optional = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null })
const headers = fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 9 })), { maxLength: 2 })
const record = fc.record({
  key: optional,
  value: optional,
  time: fc.nat(100_000).map((ms) => streamTime(1_700_000_000_000 + ms)),
  headers,
})

test('protobufjs reads our batches with the published grammar', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 9 }), (all) => {
      const builder = new BatchBuilder()
      for (const it of all) builder.add(it.key, it.value, it.time, it.headers)
      const bytes = builder.finish({ commit: Uint8Array.of(7), intakeTime: 1_700_000_000_001 })
      const batch = decoded<WireBatch>(RecordBatch, bytes)
      assert.is(batch.crc, crc32(bytes.subarray(5)))
      assert.is(batch.count ?? 0, all.length)
      assert.is(batch.max_time ?? 0, Math.max(0, ...all.map(({ time }) => time)))
      assert.equal([...(batch.commit ?? [])], [7])
      assert.is(batch.intake_time, 1_700_000_000_001)
      const base = batch.base_time ?? 0
      const inside = batch.records ?? new Uint8Array(0)
      const found = decoded<{ record?: WireRecord[] }>(Records, inside).record ?? []
      assert.equal(
        found.map((it) => plain(unwired(it, base))),
        all.map(plain),
      )
    }),
  )
})

test('we read batches that protobufjs wrote with the published grammar', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 9 }), fc.nat(1000), (all, gap) => {
      const base = 1_700_000_050_000
      const wire = all.map((it, i) => wired(it, base, i + (i > 0 ? gap : 0)))
      const records = Records.encode({ record: wire }).finish()
      const body = RecordBatch.encode({
        count: all.length,
        span: all.length + gap + 1,
        base_time: base,
        max_time: base,
        records,
      }).finish()
      const bytes = sealed(body)
      assert.is(readBatch(bytes).span, all.length + gap + 1)
      const found = recordsOf(bytes, offset(10))
      assert.equal(found.map(plain), all.map(plain))
      assert.equal(
        found.map((it) => it.offset - 10),
        all.map((_, i) => i + (i > 0 ? gap : 0)),
      )
    }),
  )
})

/** The messages in the comment at the head of batch.ts. */
function publishedGrammar(): string {
  const source = new URL('../../../protocols/records/batch.ts', import.meta.url)
  const lines = readFileSync(source, 'utf8').split('\n')
  const grammar = lines.filter((line) => line.startsWith('//   ')).map((line) => line.slice(5))
  assert.ok(grammar.some((line) => line.includes('message RecordBatch')))
  return grammar.join('\n')
}

function decoded<T>(type: protobuf.Type, bytes: Uint8Array): T {
  // The fields are those of the grammar; `toObject` leaves absent ones out.
  return type.toObject(type.decode(bytes), { longs: Number }) as T
}

function wired(it: RawRecord, base: number, delta: number): WireRecord {
  return {
    ...(it.key !== null && { key: it.key }),
    ...(it.value !== null && { value: it.value }),
    time_delta: it.time - base,
    header: it.headers.map(([name, value]) => ({ name, value })),
    offset_delta: delta,
  }
}

function unwired(it: WireRecord, base: number): RawRecord {
  return {
    key: it.key ?? null,
    value: it.value ?? null,
    time: streamTime(base + (it.time_delta ?? 0)),
    headers: (it.header ?? []).map(({ name, value }) => [name ?? '', value ?? new Uint8Array(0)]),
  }
}

/** A checksum in front, as field 1, over the rest. */
function sealed(body: Uint8Array): Uint8Array {
  const bytes = Buffer.concat([Buffer.from([0x0d, 0, 0, 0, 0]), body])
  bytes.writeUInt32LE(crc32(bytes.subarray(5)), 1)
  return bytes
}

const plain = ({ key, value, time, headers: all }: RawRecord) => ({
  key: key && [...key],
  value: value && [...value],
  time,
  headers: all.map(([name, bytes]) => [name, [...bytes]]),
})

test.run()
