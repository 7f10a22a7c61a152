// A record that waits in a store for a call about it, with all that it takes to go on later as if it
// had just come, and its bytes:
//
//   parked = kept(flags time [key] [value])      kept: protocols/serdes/kept.ts
//   flags  = 1 byte: 1 there is a key, 2 there is a value
//   time   = varint; key = length as a varint, bytes; the value takes the rest

import { kept } from '#protocols/serdes/kept'
import { PartReader } from '#protocols/serdes/part-reader'
import type { Serde } from '#protocols/serdes/serde'
import type { RecordContext } from '../topology/node.ts'

export interface ParkedRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Event time, ms. */
  readonly time: number
  readonly record: RecordContext
}

type Bare<K, V> = Omit<ParkedRecord<K, V>, 'record'>

const HAS_KEY = 1
const HAS_VALUE = 2

export function parkedRecord<K, V>(key: Serde<K>, value: Serde<V>): Serde<ParkedRecord<K, V>> {
  const inner = kept(bare(key, value))
  return {
    name: `parked(${key.name},${value.name})`,
    write({ record, ...it }, out) {
      const { topic, partition, offset } = record
      inner.write({ value: it, topic, partition, offset, headers: record.headers() }, out)
    },
    read(bytes, start, end) {
      const { value: it, headers, ...from } = inner.read(bytes, start, end)
      return { ...it, record: { ...from, headers: () => headers } }
    },
  }
}

const bare = <K, V>(key: Serde<K>, value: Serde<V>): Serde<Bare<K, V>> => ({
  name: `bare(${key.name},${value.name})`,
  write(it, out) {
    out.byte((it.key === null ? 0 : HAS_KEY) | (it.value === null ? 0 : HAS_VALUE))
    out.varint(it.time)
    if (it.key !== null) {
      const start = out.begin()
      key.write(it.key, out)
      out.end(start)
    }
    if (it.value !== null) value.write(it.value, out)
  },
  read(bytes, start, end) {
    const parts = new PartReader('parked', bytes, start, end)
    const flags = parts.byte()
    const time = parts.varint()
    // Null is in the types of keys and values that can be missing: only such were written without.
    let k = null as K
    if ((flags & HAS_KEY) !== 0) {
      const at = parts.skip(parts.varint())
      k = key.read(bytes, at, parts.at)
    }
    const v = (flags & HAS_VALUE) === 0 ? (null as V) : value.read(bytes, parts.at, end)
    return { key: k, value: v, time }
  },
})
