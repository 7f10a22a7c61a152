// Opens the broker that a location names. Nobody else knows which one is in use.

import type { Broker } from '#protocols/broker/broker'
import { openLmdb } from '#stores/engine/lmdb'
import { fileDoorbell } from '#stores/log/doorbell-file'
import { openLogBroker } from '#stores/log/log-broker'
import type { BrokerLocation } from './broker-location.ts'
import { systemClock, systemRandom } from './system-ports.ts'

export interface OpenOptions {
  /** Do the chores of the log: retention, compaction. One or more brokers of a directory should. */
  readonly maintenance?: boolean | undefined
}

/** @throws MillraceError DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT, LOG_DAMAGED */
export function openBroker(location: BrokerLocation, options: OpenOptions = {}): Broker {
  const { directory, durability, bytesMax } = location
  const engine = openLmdb({ directory, kind: 'log', durability, bytesMax })
  return openLogBroker({
    engine,
    clock: systemClock,
    random: systemRandom,
    doorbell: fileDoorbell(directory),
    ...options,
  })
}
