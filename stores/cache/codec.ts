// How a kind of store lays out its keys and values in bytes. The write-behind cache and the engine
// know only this; key-value, window and session stores differ in their codec and their face.

import { Buffer } from 'node:buffer'
import { ByteWriter } from '#protocols/core/byte-writer'
import type { Serde } from '#protocols/serdes/serde'

export interface StoreCodec<K, V> {
  /** Something a Map can look up: equal for equal keys. */
  identity(key: K): unknown
  /** The caller's own copy. */
  encodeKey(key: K): Uint8Array
  decodeKey(bytes: Uint8Array): K
  /** The caller's own copy. */
  encodeValue(value: V, time: number): Uint8Array
  /** Fills in value and time. */
  readValue(bytes: Uint8Array, into: { value: V | undefined; time: number }): void
}

/**
 * Key-value layout: the key's bytes; the value's bytes, after eight bytes of big-endian time when
 * timestamped (Kafka's layout of a timestamped store).
 */
export function keyValueCodec<K, V>(
  key: Serde<K>,
  value: Serde<V>,
  isTimestamped: boolean,
): StoreCodec<K, V> {
  const out = new ByteWriter(256)
  const encodeKey = (it: K): Uint8Array => {
    out.clear()
    key.write(it, out)
    return out.finish()
  }
  return {
    encodeKey,
    identity: (it) => identityOf(it, encodeKey),
    decodeKey: (bytes) => key.read(asBuffer(bytes), 0, bytes.length),
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

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
