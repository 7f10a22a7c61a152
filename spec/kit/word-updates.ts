// The output of the word count, followed from outside: every update, in order, checked as it comes.

import type { Broker, Reader } from '#protocols/broker/broker'
import { BatchCursor } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'

const text = serde.string()
const number = serde.int64()

export class WordUpdates {
  /** Updates seen. */
  count = 0
  /** The newest total of each word. */
  readonly totals = new Map<string, number>()
  /** Updates that are not the one before plus one: lost or repeated ones. */
  readonly wrong: string[] = []
  readonly #readers: Reader[] = []
  #wake: () => void = () => {}

  constructor(broker: Broker, topic: string, partitions: number) {
    for (let partition = 0; partition < partitions; partition++) {
      this.#readers.push(broker.reader({ topic, partition }, 'earliest', () => this.#wake()))
    }
  }

  /** Reads on until `count` updates were seen in all. */
  async until(count: number): Promise<void> {
    for (;;) {
      const arrived = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.read()
      if (this.count >= count) return
      await arrived
    }
  }

  /** Reads what there is. */
  read(): void {
    const before = this.count
    while (this.#readAll() > 0);
    if (this.count > before) this.#wake()
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
  }

  #readAll(): number {
    const before = this.count
    for (const reader of this.#readers) {
      for (const { base, batch } of reader.take(1024 * 1024))
        this.#see(new BatchCursor(batch, base))
    }
    return this.count - before
  }

  #see(cursor: BatchCursor): void {
    while (cursor.next()) {
      const word = text.read(cursor.buffer, cursor.keyStart, cursor.keyEnd)
      const total = number.read(cursor.buffer, cursor.valueStart, cursor.valueEnd)
      const before = this.totals.get(word) ?? 0
      if (total !== before + 1) this.wrong.push(`${word}: ${total} after ${before}`)
      this.totals.set(word, total)
      this.count++
    }
  }
}
