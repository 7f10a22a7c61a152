// Mediums: stores in the memory of a host, which a restart rebuilds from the log, and stores in LMDB,
// written at every commit, read with no row in memory, closed and opened again on the way.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { proveForAll } from '../../kit/equivalence/catalogue.ts'
import { exactly, type Mishap, run } from '../../kit/equivalence/run.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('results are the same, each of them, with state in memory and in LMDB', () =>
  proveForAll('medium', 1, async (claim, waves, choose) => {
    const at = { partitions: 1, caching: false, cacheEntriesMax: 0 }
    const mishaps: (Mishap | null)[] = waves.map(() => null)
    mishaps[choose(waves.length)] = { restart: true }
    const memory = { ...at, medium: 'memory' } as const
    const expected = await run(claim, memory, waves)
    const rebuilt = await run(claim, memory, waves, { mishaps })
    assert.equal(exactly(claim, rebuilt), exactly(claim, expected))
    const options = { stateDirectory: tempDir(), sealIntervalMs: 0 }
    const kept = await run(claim, { ...at, medium: 'lmdb' }, waves, { mishaps, options })
    assert.equal(exactly(claim, kept), exactly(claim, expected))
  }))

test.run()
