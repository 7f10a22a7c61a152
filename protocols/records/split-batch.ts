// A batch as several, for brokers that take no message of its size. Records keep their order; offsets
// of one that compaction left gaps in are closed up, since each part starts anew.

import { offset } from '../core/brands.ts'
import { BatchBuilder, BatchCursor, readBatch } from './batch.ts'
import type { Headers } from './record.ts'

export interface SplitLimits {
  readonly bytesMax: number
  /** Most offsets of one part. */
  readonly spanMax: number
}

/** Bytes of an envelope, at most, beside its records. */
const ENVELOPE_BYTES = 64
/** Bytes of a record, or of a header, at most, beside what it holds. */
const RECORD_BYTES = 40

/**
 * The batch, or parts of it that each keep the limits; a record that is too large alone stays alone,
 * and over the limit.
 * @throws MillraceError BATCH_UNREADABLE
 */
export function splitBatch(bytes: Uint8Array, { bytesMax, spanMax }: SplitLimits): Uint8Array[] {
  const batch = readBatch(bytes)
  if (bytes.length <= bytesMax && batch.span <= spanMax) return [bytes]
  const { compression, intakeTime } = batch
  const cursor = new BatchCursor(batch, offset(0))
  const parts: Uint8Array[] = []
  const builder = new BatchBuilder()
  const roomBytes = bytesMax - ENVELOPE_BYTES
  const finish = (): void => {
    if (builder.count > 0) parts.push(Uint8Array.from(builder.finish({ compression, intakeTime })))
  }
  while (cursor.next()) {
    const { key, value, time, headers } = cursor.record()
    const bytesMore = sizeOf(key, value, headers)
    const isOver = builder.byteLength + bytesMore > roomBytes || builder.count >= spanMax
    if (isOver) finish()
    builder.add(key, value, time, headers)
  }
  finish()
  return parts
}

/** Bytes of a record in a batch, at most. */
function sizeOf(key: Uint8Array | null, value: Uint8Array | null, headers: Headers): number {
  let bytes = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, text] of headers) bytes += RECORD_BYTES + name.length * 3 + text.length
  return bytes
}
