// Windowed keys as bytes, as Kafka lays them out. Only the inner key has a say in the partition, so
// that a key's windows stay where the key is.
//
//   time window  = inner key, start                (8 bytes, big-endian)
//   session      = inner key, end, start           (8 bytes each, big-endian)
//
// The end of a time window is not written: whoever reads must know its size.

import type { ByteWriter } from '../core/byte-writer.ts'
import type { Windowed } from '../records/windowed.ts'
import { int64 } from './numbers.ts'
import { bytesRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

const TIME_BYTES = 8
const TIME = int64()

/**
 * Keys in windows of one size: tumbling, hopping, sliding, unlimited.
 * @param sizeMs from a window's start to its end: the size, the difference of sliding windows, or
 *   infinity
 */
export function windowed<K>(inner: Serde<K>, sizeMs: number): Serde<Windowed<K>> {
  const name = `windowed(${inner.name}, ${sizeMs})`
  return {
    name,
    unplacedBytes: TIME_BYTES,
    write({ key, start }: Windowed<K>, out: ByteWriter) {
      inner.write(key, out)
      TIME.write(start, out)
    },
    read(bytes, start, end) {
      const at = tail(name, TIME_BYTES, start, end)
      const from = TIME.read(bytes, at, end)
      return { key: inner.read(bytes, start, at), start: from, end: from + sizeMs }
    },
  }
}

/** Keys in sessions. */
export function sessionWindowed<K>(inner: Serde<K>): Serde<Windowed<K>> {
  const name = `sessionWindowed(${inner.name})`
  return {
    name,
    unplacedBytes: TIME_BYTES * 2,
    write({ key, start, end }: Windowed<K>, out: ByteWriter) {
      inner.write(key, out)
      TIME.write(end, out)
      TIME.write(start, out)
    },
    read(bytes, start, end) {
      const at = tail(name, TIME_BYTES * 2, start, end)
      return {
        key: inner.read(bytes, start, at),
        start: TIME.read(bytes, at + TIME_BYTES, end),
        end: TIME.read(bytes, at, at + TIME_BYTES),
      }
    },
  }
}

/** Where the window's times begin. */
function tail(name: string, size: number, start: number, end: number): number {
  if (end - start >= size) return end - size
  throw bytesRefused(name, `${end - start} bytes, of which the window alone takes ${size}`)
}
