// Follows a topic from its beginning, and counts the records of each partition without looking at them.

import type { Broker, Reader } from '#protocols/broker/broker'

const TAKE_BYTES = 1024 * 1024

export class Follower {
  /** Records seen. */
  count = 0
  readonly #readers: Reader[] = []
  #wake: () => void = () => {}

  /** @param onRecords told of every partition that has something new */
  constructor(
    broker: Broker,
    topic: string,
    partitions: number,
    onRecords: (partition: number) => void = () => {},
  ) {
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition }
      const read = (): void => {
        const before = this.count
        for (let taken = reader.take(TAKE_BYTES); taken.length > 0; ) {
          for (const { batch } of taken) this.count += batch.count
          taken = reader.take(TAKE_BYTES)
        }
        if (this.count === before) return
        onRecords(partition)
        this.#wake()
      }
      const reader = broker.reader(at, 'earliest', read)
      this.#readers.push(reader)
      read()
    }
  }

  /** Until so many records were seen in all. */
  async until(count: number): Promise<void> {
    while (this.count < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
  }
}
