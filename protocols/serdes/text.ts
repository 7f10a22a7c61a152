// string: UTF-8, as Kafka's StringSerializer. Bytes that are not UTF-8 read as U+FFFD, as everywhere
// in Node. Short ASCII, the usual key, is made without leaving JavaScript: for words that is twice as
// fast as the native call, and gives flat strings, which hash faster than joined ones.

import type { Buffer } from 'node:buffer'
import type { ByteWriter } from '../core/byte-writer.ts'
import { valueRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

const SHORT = 24

export const string = (): Serde<string> => STRING

const STRING: Serde<string> = { name: 'string', write, read }

function write(value: string, out: ByteWriter): void {
  if (typeof value !== 'string') throw valueRefused('string', value)
  out.text(value)
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
