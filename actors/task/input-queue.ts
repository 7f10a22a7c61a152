// One input partition of a task: batches at hand, and a cursor on the next record (step 3 of a
// record's journey). It pulls from its reader only when it ran dry, so what is buffered is bounded by
// one take. One that came up empty is not asked again until `look`: a task with several inputs asks all
// of them before every record.
//
// Invariant: `position` is the offset after the last record handed to the topology, and so what a
// commit may claim; it moves only in `consumed`.

import type { Reader, StoredBatch } from '#protocols/broker/broker'
import { type Offset, offset } from '#protocols/core/brands'
import { BatchCursor } from '#protocols/records/batch'
import type { TopicPartition } from '#protocols/records/record'

const TAKE_BYTES = 1024 * 1024

export class InputQueue {
  readonly at: TopicPartition
  readonly reader: Reader
  #position: Offset
  #committed: Offset
  #batches: readonly StoredBatch[] = []
  #next = 0
  #batch: StoredBatch | null = null
  #cursor: BatchCursor | null = null
  /** The reader had nothing since the last `look`. */
  #isDry = false

  constructor(at: TopicPartition, reader: Reader, position: Offset) {
    this.at = at
    this.reader = reader
    this.#position = position
    this.#committed = position
  }

  get position(): Offset {
    return this.#position
  }

  /** The position of the newest commit, or where it began. */
  get committed(): Offset {
    return this.#committed
  }

  /** A commit took the position. */
  settle(): void {
    this.#committed = this.#position
  }

  /** Records between the position and the end of the partition, about. */
  get lag(): number {
    return this.reader.behind(this.#position) ?? 0
  }

  /** A slice of work begins: what came since the one before is to be seen, whether it rang or not. */
  look(): void {
    this.#isDry = false
  }

  /** The cursor on the next record, or null when there is nothing at hand or was to be read. */
  head(): BatchCursor | null {
    if (this.#cursor !== null) return this.#cursor
    for (;;) {
      const batch = this.#batches[this.#next]
      if (batch === undefined) {
        if (!this.#refill()) return null
        continue
      }
      this.#next++
      const cursor = new BatchCursor(batch.batch, batch.base)
      if (cursor.next()) {
        this.#batch = batch
        this.#cursor = cursor
        return cursor
      }
      this.#position = batch.next
    }
  }

  /** The record under the cursor is done. */
  consumed(): void {
    const cursor = this.#cursor
    if (cursor === null || this.#batch === null) return
    const done = cursor.offset
    if (cursor.next()) {
      this.#position = offset(done + 1)
      return
    }
    this.#position = this.#batch.next
    this.#cursor = null
    this.#batch = null
  }

  close(): void {
    this.reader.close()
    this.#batches = []
    this.#cursor = null
  }

  #refill(): boolean {
    if (this.#isDry) return false
    this.#batches = this.reader.take(TAKE_BYTES)
    this.#next = 0
    this.#isDry = this.#batches.length === 0
    return !this.#isDry
  }
}
