// Protobuf fields as a reader finds them: numbers, stretches, and how to pass over fields that newer
// writers add. For envelopes and headers; records themselves are walked by BatchCursor, which comes
// here only for what is rare.

import type { Buffer } from 'node:buffer'
import { MillraceError } from '../core/errors.ts'

export const unreadable = (why: string): MillraceError =>
  new MillraceError({ code: 'BATCH_UNREADABLE', what: `not a record batch: ${why}` })

/** A varint of any length, as a number. */
export function longVarint(buffer: Buffer, start: number): number {
  let value = 0
  let scale = 1
  for (let at = start; ; at++) {
    const byte = buffer[at]
    if (byte === undefined) throw unreadable('a number runs past its end')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
}

/** How many bytes the varint at `start` takes. */
export function varintBytes(buffer: Buffer, start: number): number {
  let at = start
  while ((buffer[at] ?? 0) > 0x7f) at++
  return at - start + 1
}

/** Where the field after this one begins: for fields that newer writers may add. */
export function skipField(buffer: Buffer, start: number, end: number): number {
  const scan = new FieldScanner(buffer, start, end)
  scan.skip(scan.varint())
  return scan.position
}

/** Reads protobuf fields off the record path: envelopes and headers. */
export class FieldScanner {
  readonly #buffer: Buffer
  #at: number
  readonly #end: number

  constructor(buffer: Buffer, at: number, end: number) {
    this.#buffer = buffer
    this.#at = at
    this.#end = end
  }

  get position(): number {
    return this.#at
  }

  more(): boolean {
    return this.#at < this.#end
  }

  varint(): number {
    const value = longVarint(this.#buffer, this.#at)
    this.#at += varintBytes(this.#buffer, this.#at)
    return value
  }

  stretch(): Buffer {
    const length = this.varint()
    const start = this.#at
    if (start + length > this.#end) throw unreadable('a field runs past its end')
    this.#at += length
    return this.#buffer.subarray(start, this.#at)
  }

  skip(tag: number): void {
    const wire = tag & 7
    if (wire === 0) this.varint()
    else if (wire === 1) this.#at += 8
    else if (wire === 2) this.stretch()
    else if (wire === 5) this.#at += 4
    else throw unreadable(`unknown wire type ${wire}`)
  }
}
