// How stores with many rows per key lay them out in bytes: window, session, versioned, buffer.
//
//   row      = [segment] key 00 time [tie]
//   segment  = time / segmentMs, rounded down: 6 bytes big-endian; rows without segments have none
//   key      = the serialised key, each byte 00 written as 00 FF
//   time     = 8 bytes big-endian, not negative
//   tie      = 8 bytes big-endian: tells rows of one key and time apart
//
// A time is a safe integer, so its first byte is 00: what follows a key's end is never FF, rows of one
// key lie together, no other key's row lies between them, and keys keep the order of their own bytes.
// A segment is a prefix, so that all of an age is dropped by one walk.

import type { Buffer } from 'node:buffer'
import { assert } from '#protocols/core/assert'
import { ByteWriter } from '#protocols/core/byte-writer'
import { asBuffer } from '#protocols/core/bytes'
import type { Serde } from '#protocols/serdes/serde'
import { identityOf, KEY_BYTES_MAX, keySize, readTime, writeTime } from './codec.ts'

/** What names a row. */
export interface Row<K> {
  readonly key: K
  readonly time: number
  readonly tie: number
}

export interface RowLayout<K> {
  readonly key: Serde<K>
  /** Null: no segments. */
  readonly segmentMs: number | null
  readonly hasTie: boolean
}

const SEGMENT_BYTES = 6
const TIME_BYTES = 8
/** Segments above are not written: no time is that late. */
const SEGMENT_MAX = 2 ** 48 - 1
const TERMINATOR = 0
const ESCAPE = 0xff

export class RowCodec<K> {
  readonly #serde: Serde<K>
  readonly #segmentMs: number | null
  readonly #hasTie: boolean
  readonly #out = new ByteWriter(256)
  readonly #raw = new ByteWriter(256)
  readonly #encode: (key: K) => Uint8Array

  constructor({ key, segmentMs, hasTie }: RowLayout<K>) {
    assert(segmentMs === null || segmentMs >= 1, 'a segment takes at least 1 ms')
    this.#serde = key
    this.#segmentMs = segmentMs
    this.#hasTie = hasTie
    this.#encode = (it) => this.keyBytes(it)
  }

  get isSegmented(): boolean {
    return this.#segmentMs !== null
  }

  /** 0 where there are no segments. */
  segment(time: number): number {
    if (this.#segmentMs === null) return 0
    return Math.min(Math.floor(time / this.#segmentMs), SEGMENT_MAX)
  }

  segmentOf(bytes: Uint8Array): number {
    return this.#segmentMs === null ? 0 : asBuffer(bytes).readUIntBE(0, SEGMENT_BYTES)
  }

  identity(key: K): unknown {
    return identityOf(key, this.#encode)
  }

  /**
   * The key as rows hold it, with its end: the caller's own copy.
   * @throws MillraceError KEY_SIZE
   */
  keyBytes(key: K): Uint8Array {
    const raw = this.#raw
    const out = this.#out
    raw.clear()
    this.#serde.write(key, raw)
    out.clear()
    for (let i = 0; i < raw.length; i++) {
      const byte = raw.buffer[i] as number // i is below the length
      out.byte(byte)
      if (byte === TERMINATOR) out.byte(ESCAPE)
    }
    out.byte(TERMINATOR)
    const sizeMax = KEY_BYTES_MAX - SEGMENT_BYTES - TIME_BYTES * 2
    if (out.length > sizeMax) throw keySize(out.length - 1, sizeMax - 1)
    return out.finish()
  }

  /** @param key from `keyBytes` */
  rowBytes(key: Uint8Array, time: number, tie: number): Uint8Array {
    const out = this.#prefixed(this.segment(time))
    out.bytes(key)
    writeTime(out, time)
    if (this.#hasTie) writeTime(out, tie)
    return out.finish()
  }

  /** The first bytes that rows of a key can have at `time` or later. */
  from(segment: number, key: Uint8Array, time: number): Uint8Array {
    const out = this.#prefixed(segment)
    out.bytes(key)
    writeTime(out, time)
    return out.finish()
  }

  /** Above every row of the key and below those of every later key. */
  after(segment: number, key: Uint8Array): Uint8Array {
    const out = this.#prefixed(segment)
    out.bytes(key)
    out.byte(ESCAPE)
    return out.finish()
  }

  /** Below every row of a segment; undefined where there are no segments, or none so late. */
  segmentStart(segment: number): Uint8Array | undefined {
    if (this.#segmentMs === null || segment > SEGMENT_MAX) return undefined
    return this.#prefixed(segment).finish()
  }

  decodeKey(bytes: Uint8Array): Row<K> {
    const buffer = asBuffer(bytes)
    const start = this.#segmentMs === null ? 0 : SEGMENT_BYTES
    const timeAt = buffer.length - (this.#hasTie ? TIME_BYTES * 2 : TIME_BYTES)
    return {
      key: this.#readKey(buffer, start, timeAt - 1),
      time: readTime(buffer, timeAt),
      tie: this.#hasTie ? readTime(buffer, timeAt + TIME_BYTES) : 0,
    }
  }

  #readKey(buffer: Buffer, start: number, end: number): K {
    const raw = this.#raw
    raw.clear()
    for (let i = start; i < end; i++) {
      const byte = buffer[i] as number // i is below the length
      raw.byte(byte)
      if (byte === TERMINATOR) i++
    }
    return this.#serde.read(raw.buffer, 0, raw.length)
  }

  #prefixed(segment: number): ByteWriter {
    const out = this.#out
    out.clear()
    if (this.#segmentMs === null) return out
    out.reserve(SEGMENT_BYTES)
    out.buffer.writeUIntBE(segment, 0, SEGMENT_BYTES)
    out.length = SEGMENT_BYTES
    return out
  }
}
