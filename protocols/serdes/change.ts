// change: a row's value before and after, as tables send them through a topic. One byte says which of
// the two follow (1: before, 2: after, 3: both); a lone value takes the rest; of two, the first has
// its length in front.
//
//   change = 1 before | 2 after | 3 varint(length of before) before after

import { bytesRefused } from './refuse.ts'
import type { Serde } from './serde.ts'

const BEFORE = 1
const AFTER = 2

/** Null is no row. */
export interface ChangedRow<V> {
  readonly before: V | null | undefined
  readonly after: V | null
}

export const change = <V>(inner: Serde<V>): Serde<ChangedRow<V>> => ({
  name: `change(${inner.name})`,
  write({ before, after }, out) {
    const old = before ?? null
    out.byte((old === null ? 0 : BEFORE) | (after === null ? 0 : AFTER))
    if (old !== null) {
      const start = after === null ? null : out.begin()
      inner.write(old, out)
      if (start !== null) out.end(start)
    }
    if (after !== null) inner.write(after, out)
  },
  read(bytes, start, end) {
    const sides = bytes[start] ?? 0
    if (sides > (BEFORE | AFTER)) throw bytesRefused('change', `it begins with ${sides}`)
    let at = start + 1
    if (sides === BEFORE) return { before: inner.read(bytes, at, end), after: null }
    if (sides === AFTER) return { before: null, after: inner.read(bytes, at, end) }
    if (sides === 0) return { before: null, after: null }
    let length = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || at > end) throw bytesRefused('change', 'it ends too soon')
      length += (byte & 0x7f) * shift
      if (byte < 0x80) break
    }
    if (at + length > end) throw bytesRefused('change', 'it ends too soon')
    return {
      before: inner.read(bytes, at, at + length),
      after: inner.read(bytes, at + length, end),
    }
  },
})
