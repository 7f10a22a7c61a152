// Words counted by host processes on one directory: feeds them, follows what they write, and waits until
// their tasks are where a journey wants them.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import {
  assignmentKey,
  decodeMember,
  decodePlacement,
  hostsPrefix,
  type Member,
} from '#protocols/messages/membership'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { WordLines } from '../kit/word-lines.ts'
import { WordUpdates } from '../kit/word-updates.ts'

const PARTITIONS = 4
export const NEVER_MS = 120_000
export const APPLICATION = 'words'
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

export class WordHosts {
  readonly directory: string
  readonly manifest: string
  readonly broker: Broker
  readonly lines = new WordLines(5, 300)
  readonly writer: RecordWriter
  readonly updates: WordUpdates

  private constructor(directory: string, manifest: string, broker: Broker) {
    this.directory = directory
    this.manifest = manifest
    this.broker = broker
    this.writer = new RecordWriter(broker.producer(), 'lines', PARTITIONS)
    this.updates = new WordUpdates(broker, 'word-counts', PARTITIONS)
  }

  /** @param facts what the manifest says beside the topology */
  static async start(
    first: string,
    facts: Readonly<Record<string, unknown>> = {},
  ): Promise<{ world: WordHosts; host: HostProcess }> {
    const directory = tempDir()
    const manifest = manifestIn(directory, {
      application: APPLICATION,
      workers: 1,
      sessionTimeoutMs: 2000,
      log: 'info',
      actors: [{ topology: wordcount }],
      ...facts,
    })
    const host = new HostProcess(manifest, ['--id', first])
    await host.ready()
    return {
      world: new WordHosts(directory, manifest, openBroker(brokerLocation('file:data', directory))),
      host,
    }
  }

  get data(): string {
    return `file:${join(this.directory, 'data')}`
  }

  async feed(count: number): Promise<void> {
    for (const line of this.lines.next(count)) {
      this.writer.add({ key: null, value: utf8(line), time: 0, headers: [] })
    }
    await this.writer.flush()
  }

  /** Until every task is placed as `holds` wants, and the hosts really hold them so. */
  async until(
    what: string,
    holds: (tasks: ReadonlyMap<string, string>, members: readonly Member[]) => boolean,
  ): Promise<void> {
    const { keys } = this.broker
    const look = async (): Promise<boolean> => {
      const found = await keys.list(hostsPrefix(APPLICATION))
      const members = [...found.values()].map(({ value }) => decodeMember(value))
      const held = new Map(members.flatMap(({ id, held }) => held.map((task) => [task, id])))
      const placed = await keys.get(assignmentKey(APPLICATION))
      const granted = placed === null ? {} : decodePlacement(placed.value).granted
      const isSettled = Object.entries(granted).every(([task, host]) => held.get(task) === host)
      return isSettled && holds(new Map(Object.entries(granted)), members)
    }
    await within(NEVER_MS, what, this.#watched(look))
  }

  async close(): Promise<void> {
    this.updates.close()
    await this.broker.close()
  }

  async #watched(look: () => Promise<boolean>): Promise<void> {
    for (;;) {
      let unwatch = (): void => {}
      const changed = new Promise<void>((resolve) => {
        unwatch = this.broker.keys.watch(`${APPLICATION}/`, resolve)
      })
      const isDone = await look()
      if (!isDone) await changed
      unwatch()
      if (isDone) return
    }
  }
}
