// The record batch: the unit that is appended, stored, sent and fsynced. Hundreds of records share
// one envelope, one checksum and one write. It is protobuf on the wire, so that any language can read
// it; the codec is written by hand because every record passes it twice.
//
//   message RecordBatch {
//     fixed32 crc         = 1;  // CRC-32 (IEEE) of every byte after this field; always first
//     uint32  count       = 2;  // records inside
//     uint32  span        = 3;  // offsets taken: count, more after compaction, 1 for an empty batch
//     int64   base_time   = 4;  // ms; record times are relative to it
//     int64   max_time    = 5;  // ms; newest record
//     uint32  compression = 6;  // 0 none, 1 gzip
//     bytes   commit      = 7;  // commit header (protocols/messages/commit-header.ts); task logs only
//     bytes   records     = 8;  // a Records message, compressed as said above
//     int64   intake_time = 9;  // ms, wall clock: when the oldest record behind these came in; absent: unknown
//   }
//   message Records { repeated Record record = 1; }
//   message Record {
//     optional bytes key = 1;   // absent: no key
//     optional bytes value = 2; // absent: no value (a tombstone)
//     sint64 time_delta = 3;    // ms after base_time
//     repeated Header header = 4;
//     uint64 offset_delta = 5;  // present only where compaction left gaps
//   }
//   message Header { string name = 1; bytes value = 2; }
//
// The offset of the first record is not inside: the log knows it, so a batch is encoded once by its
// producer and never rewritten on the way.

import { Buffer } from 'node:buffer'
import { crc32, gunzipSync, gzipSync } from 'node:zlib'
import { type Offset, offset, type StreamTimeMs, streamTime } from '../core/brands.ts'
import { ByteWriter, type Write } from '../core/byte-writer.ts'
import { asBuffer } from '../core/bytes.ts'
import { asError, MillraceError } from '../core/errors.ts'
import { FieldScanner, longVarint, skipField, unreadable, varintBytes } from './field-scanner.ts'
import type { Header, Headers, StoredRecord } from './record.ts'
import { NO_HEADERS } from './record.ts'

export type Compression = 'none' | 'gzip'

const CRC = 0x0d // field 1, fixed32
const COUNT = 0x10
const SPAN = 0x18
const BASE_TIME = 0x20
const MAX_TIME = 0x28
const COMPRESSION = 0x30
const COMMIT = 0x3a
const RECORDS = 0x42
const INTAKE_TIME = 0x48
const RECORD = 0x0a
const KEY = 0x0a
const VALUE = 0x12
const TIME_DELTA = 0x18
const HEADER = 0x22
const OFFSET_DELTA = 0x28
const HEADER_NAME = 0x0a
const HEADER_VALUE = 0x12
const CRC_BYTES = 5
/** Differences of times, doubled by zigzag, stay safe integers up to here: the year 144,683. */
const TIME_MAX = 2 ** 52 - 1

// ---- writing ------------------------------------------------------------------------------------

export interface FinishOptions {
  readonly compression?: Compression
  readonly commit?: Uint8Array
  readonly span?: number
  readonly keep?: boolean
  readonly intakeTime?: number
}

/** Collects records and becomes one batch. Reusable: `finish` and `clear` start it anew. */
export class BatchBuilder {
  readonly #records = new ByteWriter(4096)
  #count = 0
  #span = 0
  #baseTime = 0
  #maxTime = 0

  get count(): number {
    return this.#count
  }

  /** Bytes of records so far, before compression. */
  get byteLength(): number {
    return this.#records.length
  }

  /** Adds a record whose key and value are bytes already. */
  add(
    key: Uint8Array | null,
    value: Uint8Array | null,
    time: number,
    headers: Headers = NO_HEADERS,
  ): void {
    this.addTyped(key, writeBytes, value, writeBytes, time, headers)
  }

  /** Adds a record, encoding key and value in place. If an encoder throws, nothing was added. */
  addTyped<K, V>(
    key: K | null,
    writeKey: Write<K>,
    value: V | null,
    writeValue: Write<V>,
    time: number,
    headers: Headers,
  ): void {
    const out = this.#records
    const mark = out.length
    try {
      const record = out.open(RECORD)
      if (key !== null) {
        const start = out.open(KEY)
        writeKey(key, out)
        out.end(start)
      }
      if (value !== null) {
        const start = out.open(VALUE)
        writeValue(value, out)
        out.end(start)
      }
      this.#close(record, time, headers, -1)
    } catch (error) {
      out.length = mark
      throw error
    }
  }

  /** Adds a record at a given distance from the batch's base offset: for compaction. */
  addAt(delta: number, record: StoredRecord): void {
    const out = this.#records
    out.byte(RECORD)
    const start = out.begin()
    writeOptional(out, KEY, record.key)
    writeOptional(out, VALUE, record.value)
    this.#close(start, record.time, record.headers, delta)
  }

  /**
   * The batch so far; the builder is empty afterwards, unless it is to `keep` what it has.
   * @param commit a commit header, for task logs
   * @param span offsets the batch takes; default one per record, at least one
   * @param intakeTime wall time, ms, when the oldest record behind these was first appended; default unknown
   */
  finish(options: FinishOptions = {}): Uint8Array {
    const bytes = encodeEnvelope({
      count: this.#count,
      span: options.span ?? Math.max(1, this.#span),
      baseTime: this.#baseTime,
      maxTime: this.#maxTime,
      intakeTime: options.intakeTime ?? 0,
      compression: options.compression ?? 'none',
      commit: options.commit,
      records: this.#records.view(),
    })
    if (options.keep !== true) this.clear()
    return bytes
  }

  clear(): void {
    this.#records.clear()
    this.#count = 0
    this.#span = 0
    this.#baseTime = 0
    this.#maxTime = 0
  }

  #close(start: number, time: number, headers: Headers, offsetDelta: number): void {
    const out = this.#records
    if (!(Number.isInteger(time) && time >= 0 && time <= TIME_MAX)) throw timeInvalid(time)
    if (this.#count === 0) {
      this.#baseTime = time
      this.#maxTime = time
    } else if (time > this.#maxTime) this.#maxTime = time
    const delta = time - this.#baseTime
    if (delta !== 0) {
      out.byte(TIME_DELTA)
      out.zigzag(delta)
    }
    if (headers.length > 0) for (const header of headers) writeHeader(out, header)
    const index = offsetDelta >= 0 ? offsetDelta : this.#span
    if (index !== this.#count) {
      out.byte(OFFSET_DELTA)
      out.varint(index)
    }
    out.end(start)
    this.#count++
    this.#span = index + 1
  }
}

const writeBytes: Write<Uint8Array> = (value, out) => out.bytes(value)

function writeOptional(out: ByteWriter, tag: number, value: Uint8Array | null): void {
  if (value === null) return
  out.byte(tag)
  out.varint(value.length)
  out.bytes(value)
}

function writeHeader(out: ByteWriter, [name, value]: Header): void {
  out.byte(HEADER)
  const start = out.begin()
  out.byte(HEADER_NAME)
  const at = out.begin()
  out.text(name)
  out.end(at)
  writeOptional(out, HEADER_VALUE, value)
  out.end(start)
}

interface Envelope {
  readonly count: number
  readonly span: number
  readonly baseTime: number
  readonly maxTime: number
  readonly intakeTime: number
  readonly compression: Compression
  readonly commit: Uint8Array | undefined
  /** Uncompressed. */
  readonly records: Uint8Array
}

function encodeEnvelope(envelope: Envelope): Uint8Array {
  const zipped = envelope.compression === 'gzip'
  const records = zipped ? gzipSync(envelope.records, { level: 1 }) : envelope.records
  const out = new ByteWriter(records.length + (envelope.commit?.length ?? 0) + 80)
  out.byte(CRC)
  out.length += 4
  for (const [tag, value] of [
    [COUNT, envelope.count],
    [SPAN, envelope.span],
    [BASE_TIME, envelope.baseTime],
    [MAX_TIME, envelope.maxTime],
    [COMPRESSION, zipped ? 1 : 0],
    [INTAKE_TIME, envelope.intakeTime],
  ] as const) {
    if (value === 0) continue
    out.byte(tag)
    out.varint(value)
  }
  if (envelope.commit !== undefined) writeOptional(out, COMMIT, envelope.commit)
  writeOptional(out, RECORDS, records)
  out.buffer.writeUInt32LE(crc32(out.buffer.subarray(CRC_BYTES, out.length)), 1)
  return out.view()
}

// ---- reading ------------------------------------------------------------------------------------

/** A batch whose envelope was read and whose checksum held. */
export interface Batch {
  readonly count: number
  readonly span: number
  readonly baseTime: StreamTimeMs
  readonly maxTime: StreamTimeMs
  /** Wall time, ms, when the oldest record behind these was first appended; 0: unknown. */
  readonly intakeTime: number
  readonly compression: Compression
  readonly commit: Uint8Array | undefined
  /** The Records message, uncompressed. */
  readonly records: Buffer
}

/**
 * Reads an envelope and checks the checksum.
 * @throws MillraceError BATCH_UNREADABLE
 */
export function readBatch(bytes: Uint8Array): Batch {
  const buffer = asBuffer(bytes)
  if (buffer.length < CRC_BYTES || buffer[0] !== CRC) throw unreadable('no checksum in front')
  if (buffer.readUInt32LE(1) !== crc32(buffer.subarray(CRC_BYTES))) {
    throw unreadable('its checksum does not match its content')
  }
  const scan = new FieldScanner(buffer, CRC_BYTES, buffer.length)
  let count = 0
  let span = 0
  let baseTime = 0
  let maxTime = 0
  let intakeTime = 0
  let compression = 0
  let commit: Uint8Array | undefined
  let records: Buffer = buffer.subarray(0, 0)
  while (scan.more()) {
    const tag = scan.varint()
    if (tag === COUNT) count = scan.varint()
    else if (tag === SPAN) span = scan.varint()
    else if (tag === BASE_TIME) baseTime = scan.varint()
    else if (tag === MAX_TIME) maxTime = scan.varint()
    else if (tag === COMPRESSION) compression = scan.varint()
    else if (tag === COMMIT) commit = scan.stretch()
    else if (tag === RECORDS) records = scan.stretch()
    else if (tag === INTAKE_TIME) intakeTime = scan.varint()
    else scan.skip(tag)
  }
  return {
    count,
    span,
    baseTime: streamTime(baseTime),
    maxTime: streamTime(maxTime),
    intakeTime,
    compression: compression === 1 ? 'gzip' : 'none',
    commit,
    records: expand(records, compression),
  }
}

function expand(records: Buffer, compression: number): Buffer {
  if (compression === 0) return records
  if (compression !== 1) throw unreadable(`its compression ${compression} is not known here`)
  try {
    return gunzipSync(records)
  } catch (thrown) {
    throw unreadable(`its records cannot be expanded: ${asError(thrown).message}`)
  }
}

/** Offsets a batch takes, without reading its records. Throws as `readBatch`. */
export function batchSpan(bytes: Uint8Array): number {
  return readBatch(bytes).span
}

/**
 * Walks the records of a batch without allocating: after each `next` that answered true, the fields
 * describe one record as stretches of `buffer`. A start of -1 means null.
 */
export class BatchCursor {
  readonly buffer: Buffer
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  time = 0
  offset = 0
  readonly #baseTime: number
  readonly #baseOffset: number
  #at = 0
  #index = 0
  #headerStart = -1
  #recordEnd = 0

  constructor(batch: Batch, baseOffset: Offset) {
    this.buffer = batch.records
    this.#baseTime = batch.baseTime
    this.#baseOffset = baseOffset
  }

  next(): boolean {
    const buffer = this.buffer
    let at = this.#at
    if (at >= buffer.length) return false
    // A Records message holds nothing but records: one tag, one length.
    if (buffer[at++] !== RECORD)
      throw unreadable('something else than a record is among its records')
    let length = buffer[at++] as number
    if (length > 0x7f) {
      length = longVarint(buffer, at - 1)
      at += varintBytes(buffer, at - 1) - 1
    }
    const end = at + length
    if (!(end <= buffer.length)) throw unreadable('a record runs past its end')
    this.#recordEnd = end
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = this.#headerStart = -1
    let time = this.#baseTime
    let delta = this.#index++
    while (at < end) {
      const tagAt = at
      const tag = buffer[at++] as number
      let value = buffer[at++] as number
      if (value > 0x7f) {
        value = longVarint(buffer, at - 1)
        at += varintBytes(buffer, at - 1) - 1
      }
      if (tag === KEY) {
        this.keyStart = at
        at += value
        this.keyEnd = at
      } else if (tag === VALUE) {
        this.valueStart = at
        at += value
        this.valueEnd = at
      } else if (tag === TIME_DELTA) {
        time += value % 2 === 0 ? value / 2 : -(value + 1) / 2
      } else if (tag === HEADER) {
        if (this.#headerStart < 0) this.#headerStart = tagAt
        at += value
      } else if (tag === OFFSET_DELTA) delta = value
      else at = skipField(buffer, tagAt, end)
    }
    if (at !== end) throw unreadable('a field runs past its record')
    this.#at = end
    this.#index = delta + 1
    this.time = time
    this.offset = this.#baseOffset + delta
    return true
  }

  /** The current record's headers. */
  headers(): Headers {
    if (this.#headerStart < 0) return NO_HEADERS
    const found: Header[] = []
    const scan = new FieldScanner(this.buffer, this.#headerStart, this.#recordEnd)
    while (scan.more()) {
      const tag = scan.varint()
      if (tag === HEADER) found.push(readHeader(scan.stretch()))
      else scan.skip(tag)
    }
    return found
  }

  /** The current record with its own copies of the bytes. */
  record(): StoredRecord {
    return {
      key: copyStretch(this.buffer, this.keyStart, this.keyEnd),
      value: copyStretch(this.buffer, this.valueStart, this.valueEnd),
      time: streamTime(this.time),
      offset: offset(this.offset),
      headers: this.headers(),
    }
  }
}

/** All records of a batch, copied. For tools and tests; the record path uses the cursor. */
export function recordsOf(bytes: Uint8Array, baseOffset: Offset = offset(0)): StoredRecord[] {
  const cursor = new BatchCursor(readBatch(bytes), baseOffset)
  const records: StoredRecord[] = []
  while (cursor.next()) records.push(cursor.record())
  return records
}

function readHeader(stretch: Buffer): Header {
  const scan = new FieldScanner(stretch, 0, stretch.length)
  let name = ''
  let value: Uint8Array = new Uint8Array(0)
  while (scan.more()) {
    const tag = scan.varint()
    if (tag === HEADER_NAME) name = scan.stretch().toString('utf8')
    else if (tag === HEADER_VALUE) value = Uint8Array.from(scan.stretch())
    else scan.skip(tag)
  }
  return [name, value]
}

function copyStretch(buffer: Buffer, start: number, end: number): Uint8Array | null {
  return start < 0 ? null : Buffer.from(buffer.subarray(start, end))
}

const timeInvalid = (time: number): MillraceError =>
  new MillraceError({
    code: 'TIME_INVALID',
    what: `a record cannot have the time ${time}`,
    hint: 'Times are whole milliseconds since 1970-01-01T00:00:00Z, from 0 to 2^52 - 1',
  })
