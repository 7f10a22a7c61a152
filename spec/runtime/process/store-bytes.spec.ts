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

test('stores of all threads together take a quarter of what the control group may', () => {
  for (const threads of [1, 2, 64]) assert.is(withLimit(1 << 20, threads) * threads, 1 << 18)
})

test('without a limit they take a quarter of what the machine has', () => {
  for (const none of [0, 2 ** 64]) assert.is(withLimit(none, 1), totalmem() / 4)
})

test.run()
