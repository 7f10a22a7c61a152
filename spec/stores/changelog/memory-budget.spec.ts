// What is there of memory is shared by the tasks that are open, and never promised twice.

import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryBudget, UNLIMITED } from '#stores/changelog/memory-budget'

const PAGE_BYTES = 4096
const CHANGE_BYTES = 256
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

test('changes that wait together take a quarter of what there is, and pages of a transaction as much', () => {
  const waiting = fc.record({ count: fc.nat(1e6), valueBytes: fc.nat(2 ** 28) })
  void fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), waiting, (all, tasks, it) => {
      const budget = new MemoryBudget(all)
      const shares = Array.from({ length: tasks }, () => budget.join().share)
      const most = all / 4 / tasks
      for (const share of shares) {
        const isFull = it.count * CHANGE_BYTES + it.valueBytes * 2 >= most
        assert.is(share.isFull(it.count, it.valueBytes), isFull)
        assert.is(share.transactionRows, Math.floor(most / PAGE_BYTES))
      }
    }),
  )
})

test('nothing is sealed early where nobody says what there is of memory', () => {
  assert.not(UNLIMITED.isFull(1e9, 1e12))
  assert.is(UNLIMITED.transactionRows, Number.POSITIVE_INFINITY)
})

test.run()
