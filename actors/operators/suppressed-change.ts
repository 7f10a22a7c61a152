// A change that is held back, with all that it takes to go on later as if it had just come, and its
// bytes in a buffer:
//
//   entry    = flags time offset partition topic headers [before] [after]
//   flags    = 1 byte: 1 there is a value before, 2 there is a value after
//   time     = 8 bytes; offset = 8 bytes; partition = 4 bytes
//   topic    = text
//   headers  = count in 4 bytes, then per header: name as text, value as a block
//   before, after, text = block
//   block    = length in 4 bytes, bytes
//
// Numbers are big-endian.

import type { ByteWriter, Write } from '#protocols/core/byte-writer'
import type { Header } from '#protocols/records/record'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { RecordContext } from '../topology/node.ts'

export interface SuppressedChange<V> {
  /** What was last sent on for the key; null is nothing. */
  readonly before: V | null
  readonly after: V | null
  readonly time: number
  readonly record: RecordContext
}

const HAS_BEFORE = 1
const HAS_AFTER = 2
const INT = serde.int32()
const LONG = serde.int64()
const TEXT = serde.string()
const BYTES = serde.bytes()

export const suppressedChange = <V>(value: Serde<V>): Serde<SuppressedChange<V>> => ({
  name: `suppressed(${value.name})`,
  write({ before, after, time, record }, out) {
    out.byte((before === null ? 0 : HAS_BEFORE) | (after === null ? 0 : HAS_AFTER))
    LONG.write(time, out)
    LONG.write(record.offset, out)
    INT.write(record.partition, out)
    writeBlock(out, TEXT.write, record.topic)
    const headers = record.headers()
    INT.write(headers.length, out)
    for (const [name, bytes] of headers) {
      writeBlock(out, TEXT.write, name)
      writeBlock(out, BYTES.write, bytes)
    }
    if (before !== null) writeBlock(out, value.write, before)
    if (after !== null) writeBlock(out, value.write, after)
  },
  read(buffer, start) {
    let at = start
    const take = <T>(of: Serde<T>, size: number): T => {
      at += size
      return of.read(buffer, at - size, at)
    }
    const block = <T>(of: Serde<T>): T => take(of, take(INT, 4))
    const flags = take(BYTES, 1)[0] ?? 0
    const time = take(LONG, 8)
    const offset = take(LONG, 8)
    const partition = take(INT, 4)
    const topic = block(TEXT)
    const count = take(INT, 4)
    // The bytes read are a view of the buffer: headers outlive it.
    const header = (): Header => [block(TEXT), Uint8Array.from(block(BYTES))]
    const headers = Array.from({ length: count }, header)
    const before = (flags & HAS_BEFORE) === 0 ? null : block(value)
    const after = (flags & HAS_AFTER) === 0 ? null : block(value)
    return { before, after, time, record: { topic, partition, offset, headers: () => headers } }
  },
})

function writeBlock<T>(out: ByteWriter, write: Write<T>, value: T): void {
  const at = out.length
  INT.write(0, out)
  write(value, out)
  const end = out.length
  out.length = at
  INT.write(end - at - 4, out)
  out.length = end
}
