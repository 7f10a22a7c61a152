// host: a host inside your own process, and what `millrace host` runs.
//
// Modules of topologies import this one for nothing but its name, in every worker thread: what a host
// is made of is loaded when one starts, and its threads load what they need at the same time.

import type { HostOptions } from './host-options.ts'
import type { Host } from './process-host.ts'
import { ThreadNursery, WORKERS_MAX } from './thread-nursery.ts'

/**
 * Starts a host.
 * @throws MillraceError OPTION_INVALID, BROKER_UNKNOWN, MODULE_MISSING, MODULE_BROKEN, MODULE_EMPTY,
 *   MODULE_NEEDED, NAME_TAKEN before anything is written; DIRECTORY_UNWRITABLE, DIRECTORY_FORMAT,
 *   LOG_DAMAGED, BROKER_AWAY, BROKER_REFUSED, PORT_TAKEN, PORT_UNUSABLE, HOST_ID_TAKEN, and what `register` throws; nothing is left running then
 */
export function host(options: HostOptions): Promise<Host> {
  return hostIn(new ThreadNursery(0), options)
}

/** The same in threads of which some may have begun; those that are not needed are ended. */
export async function hostIn(threads: ThreadNursery, options: HostOptions): Promise<Host> {
  try {
    threads.reach(threadsOf(options))
    const { startHost } = await import('./process-host.ts')
    return await startHost(options, threads)
  } finally {
    await threads.close()
  }
}

/** What is wrong with options is said later, by who reads them all. */
const threadsOf = ({ workers = 0 }: HostOptions): number =>
  Number.isInteger(workers) && workers > 0 && workers <= WORKERS_MAX ? workers : 0
