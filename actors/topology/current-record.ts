// The record context of a running topology: which record is being processed now. One object, so that
// a record costs nothing; operators that keep a record for later take a copy, and go on under it.

import type { BatchCursor } from '#protocols/records/batch'
import { type Headers, NO_HEADERS } from '#protocols/records/record'
import type { RecordContext } from './node.ts'

export class CurrentRecord implements RecordContext {
  #topic = ''
  #partition = -1
  #cursor: BatchCursor | null = null
  /** What it carries instead of the headers it was read with. */
  #carried: Headers | null = null
  /** Stands in for the input record while something kept goes on. */
  #other: RecordContext | null = null

  get topic(): string {
    return this.#other?.topic ?? this.#topic
  }

  get partition(): number {
    return this.#other?.partition ?? this.#partition
  }

  get offset(): number {
    return this.#other?.offset ?? this.#cursor?.offset ?? -1
  }

  headers(): Headers {
    if (this.#other !== null) return this.#other.headers()
    return this.#carried ?? this.#cursor?.headers() ?? NO_HEADERS
  }

  /** The record as it was read; null while time, or something kept, is at work. */
  get input(): BatchCursor | null {
    return this.#other === null ? this.#cursor : null
  }

  enter(topic: string, partition: number, cursor: BatchCursor): void {
    this.#topic = topic
    this.#partition = partition
    this.#cursor = cursor
  }

  /** The records to come have these headers, whatever they were read with; null: their own. */
  carry(headers: Headers | null): void {
    this.#carried = headers
  }

  /** Nothing is being processed: what happens now is born of time. */
  leave(): void {
    this.#topic = ''
    this.#partition = -1
    this.#cursor = null
    this.#carried = null
  }

  keep(): RecordContext {
    const headers = this.headers()
    const { topic, partition, offset } = this
    return { topic, partition, offset, headers: () => headers }
  }

  under(record: RecordContext, run: () => void): void {
    const outer = this.#other
    this.#other = record
    try {
      run()
    } finally {
      this.#other = outer
    }
  }
}
