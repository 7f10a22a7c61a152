// Reads the parts of an Avro datum one after another, never past the end of the value: counts and
// lengths that are larger than what is left are refused before anything is made of them. Longs are
// exact: a safe integer, or a bigint.

import type { Buffer } from 'node:buffer'
import { bytesRefused } from './refuse.ts'
import { string } from './text.ts'

const TEXT = string()
const GROUP = 2 ** 28

export class AvroReader {
  /** Where the next part begins. */
  at: number
  readonly #bytes: Buffer
  readonly #end: number
  // A varint in groups of 28 bits, least significant first; the last has eight.
  #low = 0
  #middle = 0
  #high = 0

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.at = start
    this.#end = end
  }

  get left(): number {
    return this.#end - this.at
  }

  /** @throws MillraceError BYTES_REFUSED, as all of these */
  boolean(): boolean {
    const byte = this.#byte()
    if (byte > 1) throw bytesRefused('avro', `a boolean is ${byte}, not 0 or 1`)
    return byte === 1
  }

  int(): number {
    const value = this.long()
    if ((value | 0) !== value) throw bytesRefused('avro', `an int is ${value}`)
    return value
  }

  long(): number {
    this.#varint()
    const half = (this.#low >>> 1) + this.#middle * (GROUP / 2) + this.#high * (GROUP * GROUP * 0.5)
    const value = (this.#low & 1) === 0 ? half : -half - 1
    if (half < Number.MAX_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER) return value
    const exact = this.#big()
    throw bytesRefused('avro', `the long ${exact} has more than 53 bits; see { bigint: true }`)
  }

  bigint(): bigint {
    this.#varint()
    return this.#big()
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#skip(4))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#skip(8))
  }

  text(): string {
    const start = this.#skip(this.long())
    return TEXT.read(this.#bytes, start, this.at)
  }

  /** A copy of its own. */
  bytes(length = this.long()): Uint8Array {
    const start = this.#skip(length)
    return Uint8Array.from(this.#bytes.subarray(start, this.at))
  }

  /** How many entries follow in this block of an array or map; 0 is its end. */
  count(): number {
    let count = this.long()
    if (count < 0) {
      count = -count
      this.long() // the size of the block in bytes, for those who skip it
    }
    if (count > this.left) throw tooSoon()
    return count
  }

  #byte(): number {
    if (this.at >= this.#end) throw tooSoon()
    return this.#bytes[this.at++] as number // at is within
  }

  #skip(length: number): number {
    const start = this.at
    if (length < 0) throw bytesRefused('avro', `a length is ${length}`)
    if (length > this.left) throw tooSoon()
    this.at = start + length
    return start
  }

  #varint(): void {
    let low = 0
    let middle = 0
    let high = 0
    for (let n = 0; ; n++) {
      const byte = this.#byte()
      const bits = byte & 0x7f
      if (n < 4) low |= bits << (7 * n)
      else if (n < 8) middle |= bits << (7 * (n - 4))
      else high |= bits << (7 * (n - 8))
      if (n > 9 || high > 0xff) throw bytesRefused('avro', 'a number has more than 64 bits')
      if (byte < 0x80) break
    }
    this.#low = low
    this.#middle = middle
    this.#high = high
  }

  #big(): bigint {
    const bits = (BigInt(this.#high) << 56n) | (BigInt(this.#middle) << 28n) | BigInt(this.#low)
    return (bits >> 1n) ^ -(bits & 1n)
  }
}

const tooSoon = (): Error => bytesRefused('avro', 'it ends too soon')
