// Crashes: a host dies at some step and comes back, twice; another one may take over meanwhile, and
// stores may be as of the last commit or behind it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { proveForAll } from '../../kit/equivalence/catalogue.ts'
import { exactly, type Mishap, run } from '../../kit/equivalence/run.ts'

const place = { partitions: 2, caching: false, medium: 'lmdb' } as const
/** Most waves are worked off in fewer. */
const STEPS_MAX = 20

test('a host that is killed at any step leaves nothing out and does nothing twice', () =>
  proveForAll('crash', 2, async (claim, waves, choose) => {
    const mishaps: (Mishap | null)[] = waves.map(() => null)
    for (let crash = 0; crash < 2; crash++)
      mishaps[choose(waves.length)] = { kill: choose(STEPS_MAX) }
    const options = {
      seed: choose(0xffff),
      hosts: choose(3) === 0 ? 2 : 1,
      sealIntervalMs: choose(2) === 0 ? 0 : undefined,
    }
    const expected = await run(claim, place, waves)
    const survived = await run(claim, place, waves, { mishaps, options })
    assert.equal(exactly(claim, survived), exactly(claim, expected))
  }))

test.run()
