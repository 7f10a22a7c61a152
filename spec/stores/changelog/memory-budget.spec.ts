// What is there of memory is shared by the tasks that are open, and never promised twice.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryBudget, UNLIMITED } from '#stores/changelog/memory-budget'

const PAGE_BYTES = 4096
const bytes = fc.integer({ min: 1 << 20, max: 2 ** 34 })

test('whoever comes and goes, what is kept in caches is together half of what there is, evenly', () => {
  void fc.assert(
    fc.property(bytes, fc.array(fc.boolean()), (all, moves) => {
      const budget = new MemoryBudget(all)
      const open: ReturnType<MemoryBudget['join']>[] = [budget.join()]
      for (const comes of moves) {
        if (comes) open.push(budget.join())
        else if (open.length > 1) open.shift()?.leave()
        for (const { share } of open) assert.is(share.cacheBytes, all / open.length / 2)
      }
    }),
  )
})

test('what is not to be sealed yet has few values, and changes few pages', () => {
  const waiting = fc.record({ count: fc.nat(1e6), bytes: fc.nat(2 ** 28), sealedBytes: fc.nat() })
  void fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), waiting, (all, tasks, it) => {
      const budget = new MemoryBudget(all)
      const shares = Array.from({ length: tasks }, () => budget.join().share)
      const pages = Math.min(it.count * PAGE_BYTES, it.sealedBytes + it.bytes)
      for (const share of shares) {
        const isFull = it.bytes * tasks >= all / 8 || pages * tasks >= all / 4
        assert.is(share.isFull({ ...it, sealedBytes: () => it.sealedBytes }), isFull)
      }
    }),
  )
})

test('nothing is sealed early where nobody says what there is of memory', () => {
  assert.not(UNLIMITED.isFull({ count: 1e9, bytes: 1e12, sealedBytes: () => 1e12 }))
})

test.run()
