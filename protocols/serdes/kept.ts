// kept: a value that waits in a store together with where its record came from, so that it can go on
// later as that record: with its headers, under its topic, partition and offset.
//
//   kept   = text(topic) varint(partition + 1) varint(offset + 1) varint(headers) header* value
//   header = text(name) bytes(value)        text, bytes: length as a varint, then the bytes
//
// The value takes the rest. Partition and offset are -1 where the record was born of time.

import type { ByteWriter } from '../core/byte-writer.ts'
import type { Header, Headers } from '../records/record.ts'
import { PartReader } from './part-reader.ts'
import type { Serde } from './serde.ts'

export interface Kept<V> {
  readonly value: V
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: Headers
}

export const kept = <V>(inner: Serde<V>): Serde<Kept<V>> => ({
  name: `kept(${inner.name})`,
  write({ value, topic, partition, offset, headers }, out) {
    writeText(topic, out)
    out.varint(partition + 1)
    out.varint(offset + 1)
    out.varint(headers.length)
    for (const [name, bytes] of headers) {
      writeText(name, out)
      out.varint(bytes.length)
      out.bytes(bytes)
    }
    inner.write(value, out)
  },
  read(bytes, start, end) {
    const parts = new PartReader('kept', bytes, start, end)
    const topic = parts.text()
    const partition = parts.varint() - 1
    const offset = parts.varint() - 1
    const count = parts.varint()
    const headers: Header[] = []
    for (let i = 0; i < count; i++) headers.push([parts.text(), parts.bytes(parts.varint())])
    return { topic, partition, offset, headers, value: inner.read(bytes, parts.at, end) }
  },
})

function writeText(text: string, out: ByteWriter): void {
  const start = out.begin()
  out.text(text)
  out.end(start)
}
