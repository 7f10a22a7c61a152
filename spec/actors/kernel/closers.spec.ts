// A scope closes everything, newest first, whatever goes wrong on the way.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Closers } from '#actors/kernel/closers'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

test('closers run newest first; errors and delays are collected and stop none of them', async () => {
  const clock = new SimulatedClock()
  const scope = new Closers(clock, 100)
  const order: string[] = []
  const closer = (name: string, end: () => Promise<void> | void): void =>
    scope.defer(name, () => {
      order.push(name)
      return end()
    })
  closer('first', () => {})
  closer('hangs', () => new Promise(() => {}))
  closer('rejects', () => Promise.reject(new Error('no')))
  closer('throws', () => {
    throw new Error('never')
  })
  const closing = scope.closeAll()
  await clock.advance(100)
  const problems = await closing
  assert.equal(order, ['throws', 'rejects', 'hangs', 'first'])
  const written = problems.map(({ name, outcome }) => `${name} ${String(outcome)}`)
  assert.equal(written, ['throws Error: never', 'rejects Error: no', 'hangs late'])
  assert.is(clock.timers, 0)
})

test('what is deferred after the end is closed at once', async () => {
  const scope = new Closers(new SimulatedClock(), 100)
  await scope.closeAll()
  let isClosed = false
  scope.defer('late', () => {
    isClosed = true
  })
  assert.ok(isClosed)
})

test.run()
