// What stands between an answer and its question.

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mayBeStale, shortOf } from '#actors/query/bound'
import { Proofs } from '#actors/query/proofs'
import type { Broker } from '#protocols/broker/broker'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

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

test('the broker is asked once for all parts of a topic, and again when that is too old or failed', async () => {
  const clock = new SimulatedClock()
  let asked = 0
  let error: Error | null = null
  const describe = async () => {
    asked++
    if (error !== null) throw error
    return { bounds: [{ next: asked * 10 }, { next: asked * 10 + 1 }] }
  }
  const broker = { topics: { describe } } as unknown as Broker // all that is asked of it
  const proofs = new Proofs({ broker, clock, application: 'app' })
  assert.equal(await proofs.of('t/s/0', 0), { atMs: 0, end: 10 })
  assert.equal(await proofs.of('t/s/1', 0), { atMs: 0, end: 11 })
  await clock.advance(500)
  assert.equal(await proofs.of('t/s/1', 0), { atMs: 0, end: 11 })
  assert.equal(await proofs.of('t/s/1', 1), { atMs: 500, end: 21 })
  await clock.advance(1)
  error = new Error('away')
  const failed = await proofs.of('t/s/0', 501).catch((thrown: unknown) => thrown)
  assert.is(failed, error)
  error = null
  assert.equal(await proofs.of('t/s/0', 501), { atMs: 501, end: 40 })
})

test.run()
