// How much of this machine is for stores.

import { totalmem } from 'node:os'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { storeBytes } from '#runtime/process/store-bytes'

/** What stores of a thread may take when the control group says so. */
function withLimit(limit: number, threads: number): number {
  const { constrainedMemory } = process
  process.constrainedMemory = () => limit
  try {
    return storeBytes(threads)
  } finally {
    process.constrainedMemory = constrainedMemory
  }
}

const MIB = 1 << 20

test('stores of all threads together take a quarter of what the host leaves of its control group', () => {
  for (const threads of [1, 2, 64]) assert.is(withLimit(600 * MIB, threads) * threads, 100 * MIB)
})

test('where a host hardly fits in, its stores have a sixteenth', () => {
  for (const limit of [64, 160, 256]) assert.is(withLimit(limit * MIB, 1), (limit / 16) * MIB)
})

test('without a limit, or with one that the machine has not, it goes by what the machine has', () => {
  const whole = withLimit(totalmem(), 1)
  for (const limit of [0, 2 ** 64]) assert.is(withLimit(limit, 1), whole)
})

test.run()
