// A serde off the record path: one value as its own bytes, and back. For tools, queries and tests.

import { ByteWriter } from '../core/byte-writer.ts'
import { asBuffer } from '../core/bytes.ts'
import type { Serde } from './serde.ts'

/** The caller's own copy. Throws what the serde throws. */
export function encoded<T>(serde: Serde<T>, value: T): Uint8Array {
  const out = new ByteWriter(64)
  serde.write(value, out)
  return out.finish()
}

/** Throws what the serde throws. */
export function decoded<T>(serde: Serde<T>, bytes: Uint8Array): T {
  const buffer = asBuffer(bytes)
  return serde.read(buffer, 0, buffer.length)
}
