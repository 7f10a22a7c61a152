// Reads the parts of a value one after another: for serdes of several fields. It refuses to read past
// the end of the value, so that bytes which are something else are found out.

import type { Buffer } from 'node:buffer'
import { bytesRefused } from './refuse.ts'

export class PartReader {
  /** Where the next part begins. */
  at: number
  readonly #serde: string
  readonly #bytes: Buffer
  readonly #end: number

  /** @param serde names it in errors */
  constructor(serde: string, bytes: Buffer, start: number, end: number) {
    this.#serde = serde
    this.#bytes = bytes
    this.at = start
    this.#end = end
  }

  /** @throws MillraceError BYTES_REFUSED, as all of these */
  byte(): number {
    const byte = this.at < this.#end ? this.#bytes[this.at++] : undefined
    if (byte === undefined) throw bytesRefused(this.#serde, 'it ends too soon')
    return byte
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  /** A length as a varint, and so many bytes of UTF-8. */
  text(): string {
    const start = this.skip(this.varint())
    return this.#bytes.toString('utf8', start, this.at)
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.skip(length)
    return Uint8Array.from(this.#bytes.subarray(start, this.at))
  }

  /** Passes over bytes; answers where they began. */
  skip(length: number): number {
    const start = this.at
    if (start + length > this.#end) throw bytesRefused(this.#serde, 'it ends too soon')
    this.at = start + length
    return start
  }
}
