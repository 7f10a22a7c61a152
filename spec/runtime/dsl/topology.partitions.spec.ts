// Partitions: how many there are decides who works, never what comes out.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CATALOGUE, proveForAll } from '../../kit/equivalence/catalogue.ts'
import { resultOf, run } from '../../kit/equivalence/run.ts'
import { PARTITIONS_MAX } from '../../kit/equivalence/waves.ts'

const one = { partitions: 1, caching: false, medium: 'lmdb' } as const

test('one partition and eight give the same', () =>
  proveForAll('partitions', 2, async (claim, waves) => {
    const expected = await run(claim, one, waves)
    const spread = await run(claim, { ...one, partitions: PARTITIONS_MAX }, waves)
    assert.equal(resultOf(claim, spread), resultOf(claim, expected))
  }))

test('every entry of the catalogue has results to compare, and a name of its own', async () => {
  for (const claim of CATALOGUE) {
    let results = 0
    for (const waves of fc.sample(claim.waves, { numRuns: 4, seed: 7 })) {
      results += (await run(claim, one, waves)).length
    }
    assert.ok(results > 0, claim.name)
  }
  assert.is(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length)
})

test.run()
