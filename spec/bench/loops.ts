// The hand-written loops that Millrace is measured against: the same batches in, the same functions,
// the same encoding out, and nothing else: no broker, no state on disk, no supervision, no commit.

import { offset } from '#protocols/core/brands'
import { BatchBuilder, BatchCursor, readBatch } from '#protocols/records/batch'
import { NO_HEADERS } from '#protocols/records/record'
import { serde } from '#protocols/serdes/serdes'

const text = serde.string()
const count = serde.int64()
const OUT_BYTES = 256 * 1024

/** map, filter, map over text values. */
export function statelessLoop(batches: readonly Uint8Array[]): number {
  const out = new BatchBuilder()
  let bytes = 0
  for (const batch of batches) {
    const cursor = new BatchCursor(readBatch(batch), offset(0))
    while (cursor.next()) {
      const value = text.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
      const longer = firstMap(value)
      if (!keep(longer)) continue
      out.addTyped(null, text.write, secondMap(longer), text.write, cursor.time, NO_HEADERS)
      if (out.byteLength >= OUT_BYTES) bytes += out.finish().length
    }
  }
  return bytes + out.finish().length
}

/** Split, count in a Map, write every update. */
export function wordCountLoop(batches: readonly Uint8Array[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const out = new BatchBuilder()
  for (const batch of batches) {
    const cursor = new BatchCursor(readBatch(batch), offset(0))
    while (cursor.next()) {
      for (const word of words(text.read(cursor.buffer, cursor.valueStart, cursor.valueEnd))) {
        const total = (counts.get(word) ?? 0) + 1
        counts.set(word, total)
        out.addTyped(word, text.write, total, count.write, cursor.time, NO_HEADERS)
        if (out.byteLength >= OUT_BYTES) out.finish()
      }
    }
  }
  out.finish()
  return counts
}

/** How many lines the stateless pipeline lets through. */
export function keptLines(batches: readonly Uint8Array[]): number {
  let kept = 0
  for (const batch of batches) {
    const cursor = new BatchCursor(readBatch(batch), offset(0))
    while (cursor.next()) {
      if (keep(firstMap(text.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)))) kept++
    }
  }
  return kept
}

export const firstMap = (value: string): string => `${value};seen`
export const keep = (value: string): boolean => !value.startsWith('b')
export const secondMap = (value: string): string => value.toUpperCase()
export const words = (line: string): string[] => line.toLowerCase().split(/\W+/).filter(Boolean)
