// A coordinated end, phase by phase.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Shutdown } from '#actors/kernel/shutdown'
import { silent } from '#protocols/core/log'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'

const phases = [
  { name: 'first', deadlineMs: 100 },
  { name: 'second', deadlineMs: 200 },
]

test('phases run in order, their steps side by side, and what is late is left behind', async () => {
  const clock = new SimulatedClock()
  const shutdown = new Shutdown(clock, silent, phases)
  const order: string[] = []
  const wait = (name: string, ms: number) => (): Promise<void> =>
    new Promise((resolve) => {
      order.push(`${name} begins`)
      clock.after(ms, () => {
        order.push(`${name} ends`)
        resolve()
      })
    })
  shutdown.on('second', 'd', wait('d', 10))
  shutdown.on('first', 'a', wait('a', 50))
  shutdown.on('first', 'b', wait('b', 20))
  shutdown.on('first', 'c', () => new Promise(() => {}))
  shutdown.on('first', 'e', () => Promise.reject(new Error('no')))
  shutdown.on('first', 'gone', wait('gone', 1))()
  const [one, two] = [shutdown.run('asked'), shutdown.run('again')]
  await clock.advance(1000)
  assert.is(one, two)
  assert.equal(order, ['a begins', 'b begins', 'b ends', 'a ends', 'd begins', 'd ends'])
  const report = (await one).map(({ name, outcome, tookMs }) => `${name} ${outcome} ${tookMs}`)
  assert.equal(report, ['a done 50', 'b done 20', 'c late 100', 'e Error: no 0', 'd done 10'])
})

test('a phase that does not exist is a broken belief', () => {
  const shutdown = new Shutdown(new SimulatedClock(), silent, phases)
  assert.throws(() => shutdown.on('third', 'a', () => {}), /is a phase/)
})

test.run()
