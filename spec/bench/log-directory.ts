// A broker in a directory of its own, as a process opens it, filled as producers fill it.

import { rmSync } from 'node:fs'
import type { Broker } from '#protocols/broker/broker'
import type { Durability } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { tempDir } from '../kit/temp-dir.ts'

export interface LogDirectory {
  readonly directory: string
  readonly broker: Broker
}

const APPENDS = 16

/** Opens a broker in an empty directory for `body`, and removes both. */
export async function withLog<T>(
  durability: Durability,
  body: (log: LogDirectory) => Promise<T>,
): Promise<T> {
  const directory = tempDir()
  const broker = openBroker({ directory, durability })
  try {
    return await body({ directory, broker })
  } finally {
    await broker.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Appends batches to the partitions of a topic, each in its turn. */
export async function fill(
  broker: Broker,
  topic: string,
  partitions: number,
  batches: readonly Uint8Array[],
): Promise<void> {
  await broker.topics.ensure({ name: topic, partitions })
  const producer = broker.producer()
  for (let at = 0; at < batches.length; at += APPENDS) {
    const appends = batches
      .slice(at, at + APPENDS)
      .map((batch, n) => ({ to: { topic, partition: (at + n) % partitions }, batch }))
    await producer.append(appends)
  }
}

/** Records in a topic, ever. */
export async function written(broker: Broker, topic: string): Promise<number> {
  const found = await broker.topics.describe(topic)
  return found?.bounds.reduce((sum, { next }) => sum + next, 0) ?? 0
}
