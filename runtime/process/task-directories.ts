// Where the state of tasks is kept on this machine: one directory per task, named after it. Only the
// host whose state directory this is ever opens them.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskSpec } from '#actors/host/messages'
import type { TaskStorage } from '#actors/host/worker'
import { openLmdb } from '#stores/engine/lmdb'
import { memoryEngine } from '#stores/engine/memory'

/** @param directory of one host of one application; created when the first task with stores opens */
export function taskDirectories(directory: string): TaskStorage {
  const of = ({ topology, subtopology, partition }: TaskSpec): string =>
    join(directory, topology, subtopology, String(partition))
  return {
    async open(task) {
      return {
        disk: openLmdb({ directory: of(task), kind: 'store', durability: 'rebuildable' }),
        memory: memoryEngine(),
      }
    },
    wipe: (task) => rm(of(task), { recursive: true, force: true }),
  }
}
