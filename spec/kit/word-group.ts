// A group of hosts that counts words, from outside: feeds it lines, follows what it writes, and waits
// until its tasks are where a journey wants them. Whatever broker it meets on.

import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import {
  assignmentKey,
  decodeMember,
  decodePlacement,
  hostsPrefix,
  type Member,
} from '#protocols/messages/membership'
import { RecordWriter } from '#runtime/process/record-writer'
import { within } from './within.ts'
import type { WordLines } from './word-lines.ts'
import { WordUpdates } from './word-updates.ts'

export const NEVER_MS = 120_000

export class WordGroup {
  readonly application: string
  readonly broker: Broker
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
    this.application = application
    this.broker = broker
    this.lines = lines
    this.#writer = new RecordWriter(broker.producer(), 'lines', partitions)
    this.updates = new WordUpdates(broker, 'word-counts', partitions)
  }

  async feed(count: number): Promise<void> {
    for (const line of this.lines.next(count)) {
      this.#writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
    }
    await this.#writer.flush()
  }

  /** Those whose records have not expired. */
  async members(): Promise<readonly Member[]> {
    const found = await this.broker.keys.list(hostsPrefix(this.application))
    return [...found.values()].map(({ value }) => decodeMember(value))
  }

  /** Until every task is placed as `holds` wants, and the hosts really hold them so. */
  async until(
    what: string,
    holds: (tasks: ReadonlyMap<string, string>, members: readonly Member[]) => boolean,
  ): Promise<void> {
    const look = async (): Promise<boolean> => {
      const members = await this.members()
      const held = new Map(members.flatMap(({ id, held }) => held.map((task) => [task, id])))
      const placed = await this.broker.keys.get(assignmentKey(this.application))
      const granted = placed === null ? {} : decodePlacement(placed.value).granted
      const isSettled = Object.entries(granted).every(([task, host]) => held.get(task) === host)
      return isSettled && holds(new Map(Object.entries(granted)), members)
    }
    await within(NEVER_MS, what, this.watched(look))
  }

  /** Looks again after every change of what the group keeps in the coordination map. */
  async watched(look: () => Promise<boolean>): Promise<void> {
    for (;;) {
      let unwatch = (): void => {}
      const changed = new Promise<void>((resolve) => {
        unwatch = this.broker.keys.watch(`${this.application}/`, resolve)
      })
      const isDone = await look()
      if (!isDone) await changed
      unwatch()
      if (isDone) return
    }
  }

  async close(): Promise<void> {
    this.updates.close()
    await this.broker.close()
  }
}
