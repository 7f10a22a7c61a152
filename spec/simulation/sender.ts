// A program that sends lines to the input, many at a time, and dies in the middle of it. What was refused for
// now it gives again, as the same appends, until it is acknowledged. Then the line is in the input, once; a
// line that was never acknowledged is there at most once.

import type { Broker, Reader } from '#protocols/broker/broker'
import { fromUtf8, utf8 } from '#protocols/core/bytes'
import type { Clock } from '#protocols/core/clock'
import { isMillraceError } from '#protocols/core/errors'
import { BatchCursor } from '#protocols/records/batch'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { RecordWriter } from '#runtime/process/record-writer'
import { pause } from './weather.ts'

const AGAIN_MS = 500
const TAKE_BYTES = 1024 * 1024
const NUMBER = 'number'
const text = serde.string()

export class Sender {
  readonly #topic: string
  readonly #partitions: number
  readonly #acknowledged = new Set<number>()
  /** Lines of the process that lives, while nobody has acknowledged them. */
  #waiting = new Set<number>()
  #sent = 0
  #broker: Broker | null = null
  #clock: Clock | null = null
  #readers: readonly Reader[] = []
  /** How often each line is in the input. */
  #found = new Map<number, number>()
  /** How often each word is in the input. */
  words = new Map<string, number>()

  constructor(topic: string, partitions: number) {
    this.#topic = topic
    this.#partitions = partitions
  }

  /** Begins in a process of its own; what the one before had not heard of stays so. */
  begin(broker: Broker, clock: Clock): void {
    this.#broker = broker
    this.#clock = clock
    this.#waiting = new Set()
  }

  /** How many lines it gives again and again. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Reads the input anew. @param broker as it is */
  watch(broker: Broker): void {
    for (const reader of this.#readers) reader.close()
    this.#found = new Map()
    this.words = new Map()
    this.#readers = Array.from({ length: this.#partitions }, (_, partition) =>
      broker.reader({ topic: this.#topic, partition }, 'earliest', () => {}),
    )
  }

  send(line: string): void {
    const [broker, clock] = [this.#broker, this.#clock]
    if (broker === null || clock === null) throw new Error('the sender was begun')
    const number = this.#sent++
    const writer = new RecordWriter(broker.producer(), this.#topic, this.#partitions, {
      keyless: number,
    })
    const headers = [[NUMBER, utf8(String(number))] as const]
    writer.add({ key: null, value: encoded(text, line), time: clock.now(), headers })
    this.#waiting.add(number)
    void this.#flush(writer, number, clock)
  }

  violations(): string[] {
    for (const reader of this.#readers) {
      for (const { base, batch } of reader.take(TAKE_BYTES)) this.#see(new BatchCursor(batch, base))
    }
    const found: string[] = []
    for (const [number, times] of this.#found) {
      if (times > 1) found.push(`line ${number} is in the input ${times} times`)
    }
    for (const number of this.#acknowledged) {
      if (!this.#found.has(number)) found.push(`line ${number} was acknowledged and is not there`)
    }
    return found
  }

  #see(cursor: BatchCursor): void {
    while (cursor.next()) {
      const { headers, value } = cursor.record()
      const number = Number(fromUtf8(headers.find(([name]) => name === NUMBER)?.[1] ?? utf8('')))
      this.#found.set(number, (this.#found.get(number) ?? 0) + 1)
      for (const word of fromUtf8(value ?? utf8('')).split(' ')) {
        this.words.set(word, (this.words.get(word) ?? 0) + 1)
      }
    }
  }

  async #flush(writer: RecordWriter, number: number, clock: Clock): Promise<void> {
    for (;;) {
      try {
        await writer.flush()
        this.#acknowledged.add(number)
        this.#waiting.delete(number)
        return
      } catch (thrown) {
        if (!isMillraceError(thrown) || thrown.retry !== 'soon') throw thrown
        await pause(clock, AGAIN_MS)
      }
    }
  }
}
