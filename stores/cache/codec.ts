// How a kind of store lays out its keys and values in bytes. The write-behind cache and the engine
// know only this; key-value, window and session stores differ in their codec and their face.

import type { Buffer } from 'node:buffer'
import { ByteWriter } from '#protocols/core/byte-writer'
import { asBuffer } from '#protocols/core/bytes'
import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'

/** What is needed to write entries to a table and to read them back. */
export interface EntryCodec<K, V> {
  decodeKey(bytes: Uint8Array): K
  /** The caller's own copy. */
  encodeValue(value: V, time: number): Uint8Array
  /** Fills in value and time. */
  readValue(bytes: Uint8Array, into: { value: V | undefined; time: number }): void
}

export interface StoreCodec<K, V> extends EntryCodec<K, V> {
  /** Something a Map can look up: equal for equal keys. */
  identity(key: K): unknown
  /**
   * The caller's own copy, 1 to 1,900 bytes: what an engine takes.
   * @throws MillraceError KEY_SIZE
   */
  encodeKey(key: K): Uint8Array
}

export const KEY_MARK = 0
export const KEY_BYTES_MAX = 1900

/**
 * Key-value layout: a zero byte and the key's bytes, so that an empty key is a key like others; the
 * value's bytes, after eight bytes of big-endian time when timestamped (Kafka's layout of a
 * timestamped store).
 */
export function keyValueCodec<K, V>(
  key: Serde<K>,
  value: Serde<V>,
  isTimestamped: boolean,
): StoreCodec<K, V> {
  const out = new ByteWriter(256)
  const encodeKey = (it: K): Uint8Array => {
    out.clear()
    out.byte(KEY_MARK)
    key.write(it, out)
    if (out.length > KEY_BYTES_MAX) throw keySize(out.length - 1, KEY_BYTES_MAX - 1)
    return out.finish()
  }
  return {
    encodeKey,
    identity: (it) => identityOf(it, encodeKey),
    decodeKey: (bytes) => key.read(asBuffer(bytes), 1, bytes.length),
    encodeValue(it, time) {
      out.clear()
      if (isTimestamped) writeTime(out, time)
      value.write(it, out)
      return out.finish()
    },
    readValue(bytes, into) {
      const buffer = asBuffer(bytes)
      into.time = isTimestamped ? readTime(buffer) : 0
      into.value = value.read(buffer, isTimestamped ? 8 : 0, buffer.length)
    },
  }
}

/** Primitives are their own identity; anything else is known by its bytes. */
export function identityOf<K>(key: K, encode: (key: K) => Uint8Array): unknown {
  if (typeof key !== 'object' || key === null) return key
  return asBuffer(encode(key)).toString('latin1')
}

export function writeTime(out: ByteWriter, time: number): void {
  out.reserve(8)
  out.buffer.writeUInt32BE(Math.floor(time / 0x1_0000_0000), out.length)
  out.buffer.writeUInt32BE(time >>> 0, out.length + 4)
  out.length += 8
}

export const readTime = (buffer: Buffer, at = 0): number =>
  buffer.readUInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)

/** @param sizeMax what a key of this layout may take */
export const keySize = (size: number, sizeMax: number): MillraceError =>
  new MillraceError({
    code: 'KEY_SIZE',
    what: `a key of ${size} bytes cannot be kept in a store`,
    hint: `Keys of this store take at most ${sizeMax} bytes; group by something shorter`,
  })
