// State stores: one at a time against a plain Map and against the bare engine, and how fast a task
// restores its state from its commit log.
//
//   KEYS (default 100,000), RESTORE_KEYS (1,000,000) and ROUNDS (3) turn it up or down.

import { report } from './harness.ts'
import { setting } from './measure.ts'
import { restores } from './restores.ts'
import { cachedStore, shuffled, uncachedStore } from './stores.ts'

async function main(): Promise<void> {
  const keys = shuffled(setting('KEYS', 100_000))
  const rounds = setting('ROUNDS', 3)
  const restore = await restores('embedded', setting('RESTORE_KEYS', 1_000_000), rounds, 500_000)
  const figures = [await cachedStore(keys, rounds), await uncachedStore(keys, rounds), restore]
  report('stores', figures.flat())
}

await main()
