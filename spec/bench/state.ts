// Stores as a task opens them, over LMDB or memory, and a commit log of a task that kept counts.

import type { Broker, TaskClaim } from '#protocols/broker/broker'
import { utf8 } from '#protocols/core/bytes'
import { serde } from '#protocols/serdes/serdes'
import { TaskState } from '#stores/changelog/task-state'
import { openLmdb } from '#stores/engine/lmdb'
import { memoryEngine } from '#stores/engine/memory'
import type { KeyValueStoreImpl } from '#stores/keyvalue/key-value-store'
import type { StoreSpec } from '#stores/store'

export const COUNTS: StoreSpec<string, number> = {
  name: 'counts',
  kind: 'timestamped',
  key: serde.string(),
  value: serde.int64(),
}

const COMMIT_KEYS = 20_000

export const keyOf = (n: number): string => `key-${String(n).padStart(8, '0')}`

/** As the host opens the engine of a task. */
export const storeEngine = (directory: string): ReturnType<typeof openLmdb> =>
  openLmdb({ directory, kind: 'store', durability: 'rebuildable' })

/** State with the one store, and the store. */
export function openCounts(
  directory: string,
  cacheEntriesMax?: number,
): { state: TaskState; store: KeyValueStoreImpl<string, number> } {
  // Serdes are only ever used with the keys and values of their own store.
  const spec = { ...COUNTS, cacheEntriesMax } as StoreSpec
  const state = new TaskState([spec], { disk: storeEngine(directory), memory: memoryEngine() })
  return { state, store: countsOf(state) }
}

/** Opened with the spec above, the store is of this kind and these types. */
const countsOf = (state: TaskState): KeyValueStoreImpl<string, number> =>
  state.store('counts') as KeyValueStoreImpl<string, number>

/** Commits as many keys as asked to the task's log, each once. */
export async function logCounts(broker: Broker, claim: TaskClaim, keys: number): Promise<void> {
  const session = await broker.claim(claim)
  const memory = memoryEngine()
  const spec = COUNTS as StoreSpec // as above
  const state = new TaskState([spec], { disk: memory, memory: memoryEngine() })
  const store = countsOf(state)
  for (let n = 1; n <= keys; n++) {
    store.put(keyOf(n), n, n)
    if (n % COMMIT_KEYS > 0 && n < keys) continue
    const changes = state.stage()
    const ref = await session.commit({ positions: [], changes, outputs: [], meta: utf8('{}') })
    changes?.clear()
    state.seal(ref)
  }
  await session.close()
  await state.close()
}
