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
  /** When the batches at hand were taken. */
  #takenMs = 0
  /** When the oldest batch came in that was gone through since the newest commit. */
  #oldestMs = Number.POSITIVE_INFINITY
  readonly #now: () => number

  /** @param now wall time, ms */
  constructor(at: TopicPartition, reader: Reader, position: Offset, now: () => number) {
    this.at = at
    this.reader = reader
    this.#now = now
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

  /**
   * When the oldest of the records came in that were consumed since the newest commit, wall time, ms: by
   * what their batches say, or else when they were taken. Infinite when there are none.
   */
  get intakeTime(): number {
    const batch = this.#batch
    const isBegun = batch !== null && this.#position > Math.max(batch.base, this.#committed)
    return isBegun ? Math.min(this.#oldestMs, this.#intakeOf(batch)) : this.#oldestMs
  }

  /** A commit took the position. */
  settle(): void {
    this.#committed = this.#position
    this.#oldestMs = Number.POSITIVE_INFINITY
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
    this.#oldestMs = Math.min(this.#oldestMs, this.#intakeOf(this.#batch))
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
    if (!this.#isDry) this.#takenMs = this.#now()
    return !this.#isDry
  }

  #intakeOf({ batch }: StoredBatch): number {
    return batch.intakeTime > 0 ? batch.intakeTime : this.#takenMs
  }
}
