// Caches: a table that holds its changes back until a commit leaves out some on the way, never the
// last; rows that a store holds in memory change nothing at all.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { proveForAll } from '../../kit/equivalence/catalogue.ts'
import { exactly, resultOf, run } from '../../kit/equivalence/run.ts'

const open = { partitions: 2, caching: false, medium: 'lmdb' } as const

test('last results are the same whether changes are held back or not', () =>
  proveForAll('cache', 2, async (claim, waves) => {
    const expected = await run(claim, open, waves)
    const held = await run(claim, { ...open, caching: true }, waves)
    assert.equal(resultOf(claim, held), resultOf(claim, expected))
  }))

test('results are the same, each of them, whether stores hold rows in memory or none', () =>
  proveForAll('cache', 1, async (claim, waves) => {
    const options = { sealIntervalMs: 0 }
    const expected = await run(claim, open, waves)
    const bare = await run(claim, { ...open, cacheEntriesMax: 0 }, waves, { options })
    assert.equal(exactly(claim, bare), exactly(claim, expected))
  }))

test.run()
