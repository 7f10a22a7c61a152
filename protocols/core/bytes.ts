// Bytes: order, concatenation, and text at the edges. Order is unsigned lexicographic everywhere in
// the house; LMDB, ranges and prefixes all rely on it.

import { Buffer } from 'node:buffer'

export const EMPTY: Uint8Array = new Uint8Array(0)

/** Negative, zero or positive, by unsigned bytes; a prefix sorts before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    // Both indices are below both lengths.
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The smallest byte string greater than every string that starts with `prefix`; undefined if none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] as number // i is within the prefix
    if (byte < 0xff) {
      // A copy, also of a Buffer, whose own `slice` is a view.
      const out = Uint8Array.from(prefix.subarray(0, i + 1))
      out[i] = byte + 1
      return out
    }
  }
  return undefined
}

/** The same bytes as a Buffer, not copied. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const utf8 = (text: string): Uint8Array => encoder.encode(text)
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)
