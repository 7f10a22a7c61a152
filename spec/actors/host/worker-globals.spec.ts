// Which global tables a worker has for a topology. What they hold: spec/actors/task/global-tables.spec.ts.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WorkerGlobals } from '#actors/host/worker-globals'
import type { Broker } from '#protocols/broker/broker'
import { machineClock } from '../../stores/log/brokers.ts'

const deployment = (topology: string) => ({
  ...{ topology, module: null, plan: 0, sources: [], subtopologies: [], topicPartitions: {} },
})

function opened() {
  const closers: (() => unknown)[] = []
  const self = {
    clock: machineClock,
    scope: { defer: (_name: string, close: () => unknown) => void closers.push(close) },
  }
  const ports = {
    broker: {} as Broker, // not asked before a table is
    storage: { open: () => Promise.reject(new Error('nobody asked for a table')) },
    index: 0,
  }
  type Arguments = ConstructorParameters<typeof WorkerGlobals>
  return { globals: new WorkerGlobals(ports, self as unknown as Arguments[1]), closers }
}

test('tasks of a topology share its tables, and those of another have others', () => {
  const { globals, closers } = opened()
  const of = (topology: string) => globals.of(deployment(topology) as never)
  assert.is(of('a'), of('a'))
  assert.is.not(of('a'), of('b'))
  assert.is(closers.length, 2, 'each ends with the worker')
  assert.equal(globals.facts(), [])
})

test('a topology that is registered again after it was retired has new ones', () => {
  const { globals } = opened()
  const before = globals.of(deployment('a') as never)
  globals.close('a')
  globals.close('never there')
  assert.is.not(globals.of(deployment('a') as never), before)
})

test.run()
