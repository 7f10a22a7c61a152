// A batch without its first offsets, for a reader that stands inside one: a task commits between any
// two records, and compaction merges batches under a reader's feet.

import { offset } from '../core/brands.ts'
import { type Batch, BatchBuilder, BatchCursor, readBatch } from './batch.ts'

/** The records of the batch from its offset number `from` on; that offset is the new base. */
export function trimBatch(batch: Batch, from: number): Batch {
  const builder = new BatchBuilder()
  const cursor = new BatchCursor(batch, offset(0))
  while (cursor.next()) {
    if (cursor.offset >= from) builder.addAt(cursor.offset - from, cursor.record())
  }
  const { commit, span, intakeTime } = batch
  const header = commit === undefined ? {} : { commit }
  return readBatch(builder.finish({ span: span - from, intakeTime, ...header }))
}
