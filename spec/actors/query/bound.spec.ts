// What stands between an answer and its question.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mayBeStale, shortOf } from '#actors/query/bound'

const next = fc.nat(5)
const positions = fc.uniqueArray(
  fc.record({ topic: fc.constantFrom('a', 'b'), partition: fc.constantFrom(0, 1), next }),
  { selector: ({ topic, partition }) => `${topic}/${partition}` },
)

test('nothing is missing exactly when all that was asked for of a part is there', () => {
  fc.assert(
    fc.property(positions, positions, next, fc.option(next), (atLeast, all, log, end) => {
      const has = all.filter(({ partition }) => partition === 0)
      const proof = end === null ? null : { end, atMs: 0 }
      const short = shortOf({ atLeast }, 0, proof, { log, positions: has })
      const reached = (topic: string) => has.find((it) => it.topic === topic)?.next ?? 0
      const isThere = atLeast.every((it) => it.partition !== 0 || reached(it.topic) >= it.next)
      assert.is(short === null, isThere && (end === null || log >= end))
    }),
  )
})

test('only a bound in lag or in time lets others answer', () => {
  assert.is(mayBeStale({}), false)
  assert.is(mayBeStale({ atLeast: [] }), false)
  assert.is(mayBeStale({ maxLag: 0 }), true)
  assert.is(mayBeStale({ maxAgeMs: 0 }), true)
})

test.run()
