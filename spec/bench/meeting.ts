// Where the hosts of a benchmark meet: a directory, or a NATS server of its own.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Broker } from '#protocols/broker/broker'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
import { NatsServer } from '../kit/nats-server.ts'
import { tempDir } from '../kit/temp-dir.ts'

export type MeetingKind = 'embedded' | 'NATS'
export const KINDS: readonly MeetingKind[] = ['embedded', 'NATS']

export interface Meeting {
  readonly kind: MeetingKind
  /** As hosts and manifests name the broker. */
  readonly name: string
  /** A directory of its own, for whatever else is to be kept. */
  readonly directory: string
  readonly broker: Broker
}

/** Opens a broker that has nothing, and removes it after `body`. */
export async function withMeeting<T>(
  kind: MeetingKind,
  body: (meeting: Meeting) => Promise<T>,
): Promise<T> {
  const directory = tempDir()
  const server = kind === 'NATS' ? await NatsServer.start() : null
  const name = server?.url ?? `file:${join(directory, 'data')}`
  const broker = await connectBroker(brokerLocation(name, directory))
  try {
    return await body({ kind, name, directory, broker })
  } finally {
    await broker.close()
    await server?.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
