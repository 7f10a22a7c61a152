// client: a program that runs no tasks, and sends to topics or reads them.
//
// Modules of topologies import this one for nothing but its name, in every worker thread: what opens a
// broker is loaded when one is opened.

import process from 'node:process'
import { type BrokerOption, brokerLocation } from './broker-location.ts'
import type { Client } from './open-client.ts'

export interface ClientOptions {
  /** As of a host: `file:` and a directory, relative to the working directory, or `nats://` and servers. */
  readonly broker: BrokerOption
}

/**
 * Opens a broker for what a producer and a consumer do.
 * @throws MillraceError BROKER_UNKNOWN, BROKER_MISSING, DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT, LOG_DAMAGED, BROKER_AWAY,
 *   BROKER_REFUSED
 */
export async function client({ broker: option }: ClientOptions): Promise<Client> {
  const location = brokerLocation(option, process.cwd())
  const { openClient } = await import('./open-client.ts')
  return openClient(location)
}
