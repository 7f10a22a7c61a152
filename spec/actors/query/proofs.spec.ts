// How old what the broker said may be.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Proofs } from '#actors/query/proofs'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

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

test('a task that never ran is waited for', async () => {
  const broker = { topics: { describe: async () => null } } as unknown as Broker // as above
  const proofs = new Proofs({ broker, clock: new SimulatedClock(), application: 'app' })
  const refused = await proofs.of('t/s/0', 0).catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(refused, 'TASK_AWAY') && refused.retry === 'soon')
})

test.run()
