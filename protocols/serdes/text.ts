// string: UTF-8, as Kafka's StringSerializer. Bytes that are not UTF-8 read as U+FFFD, as everywhere
// in Node. Short ASCII, the usual key, is made without leaving JavaScript: for words that is twice as
// fast as the native call, and gives flat strings, which hash faster than joined ones.
//
// Half of a surrogate pair has no UTF-8. It is refused, not replaced: two keys that differ there alone would
// be one key, in stores as on topics. Only text that is longer in bytes than in units is looked at.

import type { Buffer } from 'node:buffer'
import type { ByteWriter } from '../core/byte-writer.ts'
import { MillraceError } from '../core/errors.ts'
import { shown, valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

const SHORT = 24

export const string = (): Serde<string> => STRING

const STRING: Serde<string> = { name: 'string', write, read }

function write(value: string, out: ByteWriter): void {
  if (typeof value !== 'string') throw valueRefused('string', value)
  const start = out.length
  out.text(value)
  if (out.length - start === value.length || value.isWellFormed()) return
  out.length = start
  throw new MillraceError({
    code: 'VALUE_REFUSED',
    what: `string cannot hold ${shown(value.toWellFormed())}: it has half of a character, a lone surrogate`,
    hint: 'Cut text between characters, not code units, or write what text.toWellFormed() answers',
  })
}

function read(bytes: Buffer, start: number, end: number): string {
  const count = end - start
  if (count > SHORT) return bytes.toString('utf8', start, end)
  const units = new Array<number>(count)
  for (let i = 0; i < count; i++) {
    const byte = bytes[start + i] as number // start + i < end
    if (byte > 0x7f) return bytes.toString('utf8', start, end)
    units[i] = byte
  }
  return String.fromCharCode.apply(null, units)
}
