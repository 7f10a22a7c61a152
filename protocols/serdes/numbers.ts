// Numbers as Kafka's serializers lay them out: int32 in four bytes, int64 and double in eight, all
// big-endian; boolean in one, 0 or 1.
//
// int64 is a JavaScript number and refuses what is not a safe integer, both ways: a value is exact or
// an error, never rounded. With `{ bigint: true }` it is a bigint of all 64 bits.

import type { Buffer } from 'node:buffer'
import type { ByteWriter } from '../core/byte-writer.ts'
import { bytesRefused, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

const HIGH = 0x1_0000_0000

export const int32 = (): Serde<number> => INT32
export const double = (): Serde<number> => DOUBLE
export const boolean = (): Serde<boolean> => BOOLEAN

export function int64(): Serde<number>
export function int64(options: { readonly bigint: true }): Serde<bigint>
export function int64(options?: { readonly bigint: true }): Serde<number> | Serde<bigint> {
  return options?.bigint === true ? INT64_BIG : INT64
}

const INT32: Serde<number> = {
  name: 'int32',
  write(value, out) {
    if ((value | 0) !== value) throw valueRefused('int32', value)
    out.reserve(4)
    writeWord(out, value)
  },
  read(bytes, start, end) {
    sized('int32', 4, start, end)
    return readWord(bytes, start)
  },
}

const INT64: Serde<number> = {
  name: 'int64',
  write(value, out) {
    if (!Number.isSafeInteger(value)) {
      throw valueRefused('int64', value, 'it is not an integer of at most 53 bits')
    }
    out.reserve(8)
    writeWord(out, Math.floor(value / HIGH))
    writeWord(out, value)
  },
  read(bytes, start, end) {
    sized('int64', 8, start, end)
    const value = readWord(bytes, start) * HIGH + (readWord(bytes, start + 4) >>> 0)
    if (Number.isSafeInteger(value)) return value
    const exact = bytes.readBigInt64BE(start)
    throw bytesRefused('int64', `${exact} has more than 53 bits; see int64({ bigint: true })`)
  },
}

const INT64_BIG: Serde<bigint> = {
  name: 'int64',
  write(value, out) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
      throw valueRefused('int64({ bigint: true })', value)
    }
    out.reserve(8)
    out.buffer.writeBigInt64BE(value, out.length)
    out.length += 8
  },
  read(bytes, start, end) {
    sized('int64', 8, start, end)
    return bytes.readBigInt64BE(start)
  },
}

const DOUBLE: Serde<number> = {
  name: 'double',
  write(value, out) {
    if (typeof value !== 'number') throw valueRefused('double', value)
    out.reserve(8)
    out.buffer.writeDoubleBE(value, out.length)
    out.length += 8
  },
  read(bytes, start, end) {
    sized('double', 8, start, end)
    return bytes.readDoubleBE(start)
  },
}

const BOOLEAN: Serde<boolean> = {
  name: 'boolean',
  write(value, out) {
    if (typeof value !== 'boolean') throw valueRefused('boolean', value)
    out.byte(value ? 1 : 0)
  },
  read(bytes, start, end) {
    sized('boolean', 1, start, end)
    const byte = bytes[start]
    if (byte !== 0 && byte !== 1) throw bytesRefused('boolean', `the byte is ${byte}, not 0 or 1`)
    return byte === 1
  },
}

function sized(serde: string, size: number, start: number, end: number): void {
  if (end - start === size) return
  throw bytesRefused(serde, `${end - start} bytes instead of ${size}`)
}

/** The low 32 bits, big-endian. Requires: four bytes reserved. */
function writeWord(out: ByteWriter, value: number): void {
  const { buffer } = out
  let at = out.length
  buffer[at++] = value >> 24
  buffer[at++] = value >> 16
  buffer[at++] = value >> 8
  buffer[at++] = value
  out.length = at
}

/** Signed, big-endian. Requires: four bytes there. */
function readWord(bytes: Buffer, at: number): number {
  // `sized` has counted the bytes.
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}
