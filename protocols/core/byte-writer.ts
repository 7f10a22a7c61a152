// A growing buffer with a position: everything that encodes on the record path writes here, so that
// a record is encoded once, in place, without intermediate arrays.
//
// Varints are protobuf's: base 128, least significant group first, at most ten bytes. Lengths are
// written after the fact: `begin` leaves one byte, `end` fills it in and, when the length needs more,
// moves the content up. Most keys and values are shorter than 128 bytes, so most of the time it does not.

import { Buffer } from 'node:buffer'

/** Up to here a loop is faster than a native call. */
const SHORT = 24

export class ByteWriter {
  buffer: Buffer
  length = 0

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  /** Makes room for `extra` bytes more. */
  reserve(extra: number): void {
    const needed = this.length + extra
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1)
    this.buffer[this.length++] = value
  }

  /** A non-negative safe integer as a varint. */
  varint(value: number): void {
    this.reserve(10)
    const buffer = this.buffer
    let at = this.length
    let rest = value
    while (rest > 0x7fffffff) {
      buffer[at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at++] = rest
    this.length = at
  }

  /** A safe integer as a zigzag varint (protobuf sint64). */
  zigzag(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  /** Short ones, the usual value of a store, are copied without leaving JavaScript. */
  bytes(value: Uint8Array): void {
    const count = value.length
    this.reserve(count)
    if (count <= SHORT) copyShort(value, this.buffer, this.length, count)
    else this.buffer.set(value, this.length)
    this.length += count
  }

  /** UTF-8. Short ASCII, the usual key, is written without leaving JavaScript. */
  text(value: string): void {
    const count = value.length
    this.reserve(count * 3)
    const start = this.length
    if (count <= SHORT) {
      const buffer = this.buffer
      let at = start
      let i = 0
      for (; i < count; i++) {
        const unit = value.charCodeAt(i)
        if (unit > 0x7f) break
        buffer[at++] = unit
      }
      if (i === count) {
        this.length = at
        return
      }
    }
    this.length = start + this.buffer.write(value, start)
  }

  /** Opens a length-prefixed stretch; give the result to `end`. */
  begin(): number {
    this.byte(0)
    return this.length
  }

  /** As `begin`, after a tag of one byte. */
  open(tag: number): number {
    const at = this.length
    if (at + 2 > this.buffer.length) this.reserve(2)
    this.buffer[at] = tag
    this.length = at + 2
    return at + 2
  }

  end(start: number): void {
    const length = this.length - start
    if (length < 128) {
      this.buffer[start - 1] = length
      return
    }
    const extra = varintSize(length) - 1
    this.reserve(extra)
    this.buffer.copyWithin(start + extra, start, this.length)
    this.length = start - 1
    this.varint(length)
    this.length = start + extra + length
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    const { buffer, length } = this
    const copy = Buffer.allocUnsafe(length)
    if (length <= SHORT) copyShort(buffer, copy, 0, length)
    else buffer.copy(copy, 0, 0, length)
    return copy
  }

  /** What was written, valid until the next write. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

function copyShort(from: Uint8Array, to: Uint8Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[i] as number // i < count
}

export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

/** Encodes one value of type T at the writer's position. */
export type Write<T> = (value: T, out: ByteWriter) => void
/** Decodes one value of type T from `bytes[start, end)`. The bytes must not be kept. */
export type Read<T> = (bytes: Buffer, start: number, end: number) => T
