// Where the state of tasks is kept on this machine: one directory per task, named after it. Only the
// host whose state directory this is ever opens them, and only when it ends does it flush them.

import { accessSync, constants, existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TaskSpec } from '#actors/host/messages'
import type { TaskStorage } from '#actors/host/worker'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { MemoryBudget } from '#stores/changelog/memory-budget'
import type { Engine } from '#stores/engine/engine'
import { openLmdb } from '#stores/engine/lmdb'
import { flushStore, unwritable } from '#stores/engine/lmdb-directory'
import { memoryEngine } from '#stores/engine/memory'
import { clearRemains, copyStore, installStore, storeFile } from '#stores/snapshot/store-files'

/**
 * What cannot be trusted is wiped and rebuilt from the log, which has all of it.
 * @throws MillraceError STORE_UNTRUSTED, and what `openLmdb` throws
 */
function trustedStoreIn(directory: string, onClose: () => void): Engine {
  try {
    return storeIn(directory, onClose)
  } catch (error) {
    if (!isMillraceError(error, 'LOG_DAMAGED')) throw error
    throw new MillraceError({
      code: 'STORE_UNTRUSTED',
      what: `the state on disk is damaged: ${error.what}`,
      where: error.where,
      retry: 'soon',
      cause: error,
    })
  }
}

const storeIn = (directory: string, onClose?: () => void): Engine =>
  openLmdb({ directory, kind: 'store', durability: 'rebuildable', onClose })

/**
 * What would keep every task from opening its stores is said before the first one tries; nothing is made.
 * @throws MillraceError DIRECTORY_UNWRITABLE
 */
export function refuseUnwritable(directory: string): void {
  let nearest = directory
  while (!existsSync(nearest)) nearest = dirname(nearest)
  try {
    // With a slash behind it, a file is no directory.
    accessSync(`${nearest}/`, constants.W_OK | constants.X_OK)
  } catch (thrown) {
    throw unwritable(directory, thrown)
  }
}

/**
 * @param directory of one host of one application; created when the first task with stores opens
 * @param memoryBytes what stores of this thread may take besides pages of their files; default: no bound
 */
export function taskDirectories(
  directory: string,
  memoryBytes = Number.POSITIVE_INFINITY,
): TaskStorage {
  const budget = new MemoryBudget(memoryBytes)
  const of = ({ topology, subtopology, partition }: TaskSpec): string =>
    join(directory, topology, subtopology, String(partition))
  return {
    async open(task) {
      clearRemains(of(task))
      const { share, leave } = budget.join()
      try {
        const disk = trustedStoreIn(of(task), leave)
        return { disk, memory: memoryEngine(), share }
      } catch (error) {
        leave()
        throw error
      }
    },
    wipe: (task) => rm(of(task), { recursive: true, force: true }),
    files: (task) => ({
      async copy(disk) {
        const copied = await copyStore(disk, of(task))
        return {
          open: () => storeIn(copied),
          bytes: () => storeFile(copied),
          remove: () => rm(copied, { recursive: true, force: true }),
        }
      },
      install: (bytes) => installStore(of(task), bytes),
    }),
  }
}

/**
 * Flushes what is kept of all tasks, so that it outlives a restart of the machine. None may be open.
 * @param directory as given to `taskDirectories`
 */
export async function flushTaskDirectories(directory: string): Promise<void> {
  for (const topology of await namesIn(directory)) {
    for (const subtopology of await namesIn(join(directory, topology))) {
      const tasks = join(directory, topology, subtopology)
      for (const partition of await namesIn(tasks)) await flushStore(join(tasks, partition))
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  if (!existsSync(directory)) return []
  const entries = await readdir(directory, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
