// Order: records of one key in one topic are read as they were written; everything else may come in
// any order, at once or bit by bit, and gives the same. Where a record meets the row that is there when
// it comes, which wave was first matters as well.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { proveForAll } from '../../kit/equivalence/catalogue.ts'
import type { Choose, Claim, Wave } from '../../kit/equivalence/claim.ts'
import { resultOf, run } from '../../kit/equivalence/run.ts'
import { isFlush, PARTITIONS_MAX, shuffled } from '../../kit/equivalence/waves.ts'

const place = { partitions: PARTITIONS_MAX, caching: false, medium: 'lmdb' } as const

const mixed = ({ order }: Claim, waves: readonly Wave[], choose: Choose): Wave[] =>
  order === 'waves' ? waves.flatMap((wave) => shuffled([wave], choose)) : shuffled(waves, choose)

test('records of other keys and topics may come before or after, together or apart', () =>
  proveForAll('order', 2, async (claim, waves, choose) => {
    const expected = await run(claim, place, waves)
    const others = mixed(claim, waves, choose)
    const mishaps = others.map(({ to, records }, n) => {
      const next = others[n + 1]
      // What ends time, and what follows it, wait for what was before.
      const isEnd = isFlush(records[0]?.key ?? null) || isFlush(next?.records[0]?.key ?? null)
      const isApart = isEnd || (claim.order === 'waves' && next?.to !== to)
      return isApart || choose(4) === 0 ? null : ({ rush: true } as const)
    })
    const found = await run(claim, place, others, { mishaps })
    assert.equal(resultOf(claim, found), resultOf(claim, expected))
  }))

test.run()
