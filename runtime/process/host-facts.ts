// What a host says of itself: its process, its machine, and each of its threads.

import { availableParallelism, freemem, hostname, loadavg, totalmem } from 'node:os'
import process from 'node:process'
import type { ThreadFacts } from '#actors/host/messages'
import { version } from './version.ts'

export interface HostFacts {
  readonly millrace: string
  readonly node: string
  readonly machine: string
  readonly pid: number
  /** Since the process began, s: wall time, and time of processors. */
  readonly uptimeS: number
  readonly cpuS: number
  /** Of the process, bytes. */
  readonly rss: number
  /** Outside of heaps: buffers. */
  readonly external: number
  /** Of the machine. */
  readonly cores: number
  readonly load: number
  readonly memoryFree: number
  readonly memoryTotal: number
  /** Topologies it runs. */
  readonly topologies: readonly string[]
  /** Whether all that it was granted runs. Absent from older hosts. */
  readonly ready?: boolean
  /** The main thread, then one for each worker that has a thread. */
  readonly threads: readonly ThreadFacts[]
}

export function hostFacts(
  topologies: readonly string[],
  ready: boolean,
  threads: readonly ThreadFacts[],
): HostFacts {
  const { rss, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return {
    ...{ millrace: version(), node: process.versions.node, machine: hostname(), pid: process.pid },
    ...{ uptimeS: process.uptime(), cpuS: (user + system) / 1e6, rss, external },
    ...{ cores: availableParallelism(), load: loadavg()[0] ?? 0 },
    ...{ memoryFree: freemem(), memoryTotal: totalmem() },
    ...{ topologies, ready, threads },
  }
}
