// Opens the broker that a location names. Nobody else knows which one is in use.

import { readFileSync } from 'node:fs'
import type { Broker } from '#protocols/broker/broker'
import { asError, MillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import type { JetStreamSettings } from '#protocols/jetstream/jet-broker'
import { openLmdb } from '#stores/engine/lmdb'
import { fileDoorbell } from '#stores/log/doorbell-file'
import { openLogBroker } from '#stores/log/log-broker'
import { SnapshotFiles } from '#stores/log/snapshot-files'
import {
  type BrokerLocation,
  type FileLocation,
  isNats,
  type NatsServers,
} from './broker-location.ts'
import { systemClock, systemRandom } from './system-ports.ts'

export interface OpenOptions {
  /** Do the chores of the log: retention, compaction. One or more brokers of a log should. */
  readonly maintenance?: boolean | undefined
  readonly log?: Logger | undefined
  /** How long to wait for a server, ms, where the location does not say. */
  readonly waitMs?: number | undefined
}

/**
 * Opens whichever broker is named; one on another machine is waited for.
 * @throws MillraceError DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT, LOG_DAMAGED, BROKER_AWAY,
 *   BROKER_REFUSED, BROKER_FORBIDDEN, CREDENTIALS_INVALID, JETSTREAM_OFF, NATS_TOO_OLD, FILE_UNREADABLE
 */
export async function connectBroker(
  location: BrokerLocation,
  options: OpenOptions = {},
): Promise<Broker> {
  if (!isNats(location)) return openBroker(location, options)
  const settings = settingsOf(location.nats, options.waitMs)
  // Who keeps records in a directory does not load a client of NATS.
  const { openJetStream } = await import('#protocols/jetstream/jet-broker')
  const { maintenance, log } = options
  return openJetStream({ settings, clock: systemClock, random: systemRandom, maintenance, log })
}

/**
 * Opens the embedded broker.
 * @throws MillraceError DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT, LOG_DAMAGED
 */
export function openBroker(location: FileLocation, options: OpenOptions = {}): Broker {
  const { directory, durability, bytesMax } = location
  const engine = openLmdb({ directory, kind: 'log', durability, bytesMax })
  return openLogBroker({
    engine,
    clock: systemClock,
    random: systemRandom,
    doorbell: fileDoorbell(directory),
    maintenance: options.maintenance,
    snapshots: new SnapshotFiles(directory, durability === 'fsync'),
  })
}

function settingsOf(nats: NatsServers, waitMs: number | undefined): JetStreamSettings {
  const { credentials, nkey, tls, ...rest } = nats
  return {
    ...rest,
    waitMs: nats.waitMs ?? waitMs,
    credentials: credentials === undefined ? undefined : () => textIn(credentials),
    nkeySeed: nkey === undefined ? undefined : () => textIn(nkey),
    tls:
      tls === undefined
        ? undefined
        : { ca: textOf(tls.ca), cert: textOf(tls.cert), key: textOf(tls.key) },
  }
}

const textOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : textIn(file)

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new MillraceError({
      code: 'FILE_UNREADABLE',
      what: `${file} cannot be read: ${asError(thrown).message}`,
      hint: 'The broker of the manifest names it',
    })
  }
}
