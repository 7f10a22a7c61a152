// What a test is told when it waits for what cannot come.

import { serde, topic, topology } from 'millrace'
import { SimulatedClock, testkit } from 'millrace/testkit'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isMillraceError } from '#protocols/core/errors'
import { stuck } from '#runtime/testkit/stuck'

const lines = topic('lines', { value: serde.string() })

test('it says what waits, which task is not running and why, and when the next timer is due', async () => {
  const failing = topology('failing', (t) => {
    t.stream(lines).forEach(() => {
      throw new Error('no such luck')
    })
  })
  await using t = await testkit(failing)
  t.topic(lines).send({ value: 'x' })
  await t.settle()
  const standstill = { what: "t.store('x').get", nextTimerMs: 500, timers: 2 }
  const error = stuck({ ...standstill, tasks: await t.tasks() })
  assert.is(error.code, 'TEST_STUCK')
  assert.is(
    error.what,
    "t.store('x').get waits, and nothing can run any more: task failing/lines/0 is backoff " +
      "(operator 'lines.forEach' threw Error: no such luck); 2 timers are armed, the first due in 500 ms",
  )
  assert.match(error.hint ?? '', 't.advance(500)')
})

test('without hosts, tasks or timers it says that', () => {
  const none = { what: 't.tasks', nextTimerMs: null, timers: 0 }
  assert.match(stuck({ ...none, tasks: null }).what, 'no host answers; no timer is armed')
  assert.match(stuck({ ...none, tasks: [] }).what, 'no task runs; no timer is armed')
})

test('a testkit that waits for time says so instead of hanging', async () => {
  const copying = topology('copying', (t) => {
    t.stream(lines).forEach(() => {})
  })
  await using t = await testkit(copying, { hosts: 2 })
  t.kill('host-2')
  // It is still a member, and is asked until its time is up.
  const error = await t.tasks().catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(error, 'TEST_STUCK'), String(error))
  await t.advance('1m')
  assert.is((await t.tasks()).length, 1)
})

test('work that makes work for ever is told from a long test', async () => {
  const clock = new SimulatedClock()
  const again = (): void => clock.defer(again)
  again()
  const error = await clock.settle().catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(error, 'TEST_NEVER_SETTLES'))
})

test('time is given in ms or as text', async () => {
  const clock = new SimulatedClock()
  const start = clock.now()
  await clock.advance('1h')
  await clock.advance(5)
  assert.is(clock.now() - start, 3_600_005)
  const refused = await clock.advance('1 hour' as '1h').catch((thrown: unknown) => thrown)
  assert.ok(isMillraceError(refused, 'DURATION_INVALID'))
})

test.run()
