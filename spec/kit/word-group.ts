// A group of hosts that counts words, from outside: feeds it lines and follows what it writes.

import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostGroup } from './host-group.ts'
import type { WordLines } from './word-lines.ts'
import { WordUpdates } from './word-updates.ts'

export class WordGroup extends HostGroup {
  readonly lines: WordLines
  readonly updates: WordUpdates
  readonly #writer: RecordWriter

  /** With the topics made before there is a host. */
  static async begin(
    application: string,
    broker: Broker,
    lines: WordLines,
    partitions: number,
  ): Promise<WordGroup> {
    for (const name of ['lines', 'word-counts']) await broker.topics.ensure({ name, partitions })
    return new WordGroup(application, broker, lines, partitions)
  }

  constructor(application: string, broker: Broker, lines: WordLines, partitions: number) {
    super(application, broker)
    this.lines = lines
    this.#writer = new RecordWriter(broker.producer(), 'lines', partitions)
    this.updates = new WordUpdates(broker, 'word-counts', partitions)
  }

  async feed(count: number): Promise<void> {
    for (const line of this.lines.next(count)) {
      this.#writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
    }
    await this.flush()
  }

  /** Appends what was refused before. */
  flush(): Promise<void> {
    return this.#writer.flush()
  }

  async close(): Promise<void> {
    this.updates.close()
    await this.broker.close()
  }
}
