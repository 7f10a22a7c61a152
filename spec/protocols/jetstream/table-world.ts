// A topic that is compacted over NATS, and all that was ever written to it: the model of what its readers
// are to make of it.

import * as assert from 'uvu/assert'
import type { Broker, Reader } from '#protocols/broker/broker'
import { offset } from '#protocols/core/brands'
import type { CompactionSettings } from '#protocols/jetstream/compaction'
import type { JetBroker } from '#protocols/jetstream/jet-broker'
import type { Point } from '#protocols/jetstream/points'
import { appendTo, endOf, gather, recordsIn, shown } from '../../contracts/broker-kit.ts'
import type { NatsServer } from '../../kit/nats-server.ts'
import { EAGER, type JetWorld, jetWorld } from './jet-world.ts'
import { lifeOf } from './snapshot-world.ts'

export const TABLE = { topic: 'table', partition: 0 }

export class TableWorld {
  readonly world: JetWorld
  /** `offset key=value` of each, the oldest first. */
  readonly all: string[] = []

  constructor(server: NatsServer, compaction: Partial<CompactionSettings> = EAGER) {
    this.world = jetWorld({ servers: [server.address] }, compaction)
  }

  async open(): Promise<JetBroker> {
    const broker = await this.world.open()
    await broker.topics.ensure({ name: 'table', partitions: 1, cleanup: 'compact' })
    return broker
  }

  /** One batch; answers what it is read as. */
  async write(broker: Broker, ...records: string[]): Promise<string[]> {
    const [base = offset(0)] = await broker.producer().append([appendTo('table', 0, records)])
    const written = records.map((record, i) => `${base + i} ${record}`)
    this.all.push(...written)
    return written
  }

  /** A round by a process that dies when it is at the point for the `nth` time; whether it did. */
  dies(at: Point, nth = 1): Promise<boolean> {
    return lifeOf(
      (onPoint) => this.world.open(onPoint),
      { at, nth },
      (it) => it.maintain(),
    )
  }

  /** Whoever reads all of it has the table of all that was written, and no record that was not. */
  async check(broker: Broker): Promise<void> {
    this.agrees(await recordsIn(broker, 'table'))
  }

  agrees(seen: readonly string[]): void {
    const offsets = seen.map((record) => Number.parseInt(record, 10))
    assert.ok(
      offsets.every((it, i) => i === 0 || it > (offsets[i - 1] ?? 0)),
      'offsets grow',
    )
    const known = new Set(this.all)
    assert.equal(
      seen.filter((record) => !known.has(record)),
      [],
    )
    assert.equal(foldOf(seen), foldOf(this.all))
    const isKeyless = (record: string): boolean => keyOf(record) === ''
    assert.equal(seen.filter(isKeyless), this.all.filter(isKeyless))
  }
}

/** The rows that records come to, in the order of their keys. */
export function foldOf(records: readonly string[]): [string, string][] {
  const rows = new Map<string, string>()
  for (const record of records) {
    const key = keyOf(record)
    if (record.endsWith('=')) rows.delete(key)
    else if (key !== '') rows.set(key, record)
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
}

const keyOf = (record: string): string => /^\d+ ([^=]*)=/.exec(record)?.[1] ?? ''

/** A reader, and what it has read. */
export class Follower {
  readonly reader: Reader
  readonly seen: string[] = []

  constructor(broker: Broker) {
    this.reader = broker.reader(TABLE, 'earliest', () => {})
  }

  /** What is at hand of the next batch. */
  step(): void {
    for (const { batch, base } of this.reader.take(1)) this.seen.push(...shown(batch, base))
  }

  async toEnd(broker: Broker): Promise<void> {
    this.seen.push(...(await gather(this.reader, await endOf(broker, 'table'))))
  }
}
