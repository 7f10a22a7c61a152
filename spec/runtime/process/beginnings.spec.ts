// Where tasks begin that were reset: at what was asked for, in streams that users own; elsewhere at the
// beginning.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Beginning } from '#protocols/messages/reset-mark'
import { begin, beginningOf, beginningsOf } from '#runtime/process/beginnings'
import { appendTo, refuses } from '../../contracts/broker-kit.ts'
import { memoryBrokers } from '../../stores/log/brokers.ts'

const broker = memoryBrokers()()
await broker.topics.ensure({ name: 'lines', partitions: 2 })
await broker.topics.ensure({ name: 'users', partitions: 2, cleanup: 'compact' })
await broker.topics.ensure({ name: 'app.again', partitions: 3, owner: 'internal' })
for (const topic of ['lines', 'users', 'app.again']) {
  for (const text of ['a=1', 'b=2', 'c=3'])
    await broker.producer().append([appendTo(topic, 1, [text])])
}

const READING = { topology: 'flow', subtopology: 'all', tasks: 3 }
const readings = [{ ...READING, sources: ['lines', 'users', 'app.again', 'never.made'] }]

const at = async (from: Beginning) =>
  (await beginningsOf(broker, from, readings)).map(({ partition, positions }) => [
    partition,
    ...positions.map(({ at: { topic }, next }) => `${topic} ${next}`),
  ])

test('streams begin where it was asked for, tables and internal topics at their beginning', async () => {
  assert.equal(await at('earliest'), [])
  const nothing = [0, 'lines 0']
  assert.equal(await at('latest'), [nothing, [1, 'lines 3']])
  assert.equal(await at({ offset: 2 }), [nothing, [1, 'lines 2']])
  assert.equal(await at({ offset: 99 }), [nothing, [1, 'lines 3']], 'not after the end')
  assert.equal(await at({ timeMs: 0 }), [nothing, [1, 'lines 0']])
  assert.equal(await at({ timeMs: 1e15 }), [nothing, [1, 'lines 3']])
})

test('who claims a task that was begun is given its positions, and nothing else', async () => {
  for (const task of await beginningsOf(broker, 'latest', readings))
    await begin(broker, 'app', task)
  const claim = { application: 'app', ...READING, partitions: 3, partition: 1, host: 'one' }
  const session = await broker.claim(claim)
  assert.equal(session.positions, [{ at: { topic: 'lines', partition: 1 }, next: 3 }])
  assert.is(session.meta.length, 0)
})

test('a beginning is an end, an offset, a time, or how long ago', async () => {
  assert.equal(beginningOf('latest', 5), 'latest')
  assert.equal(beginningOf('1200', 5), { offset: 1200 })
  assert.equal(beginningOf('2h', 7_200_005), { timeMs: 5 })
  assert.equal(beginningOf('1970-01-01T00:00:01Z', 5), { timeMs: 1000 })
  await refuses('OPTION_INVALID', async () => beginningOf('yesterday', 5))
  await refuses('DURATION_INVALID', async () => beginningOf('2weeks', 5))
})

test.after(() => broker.close())
test.run()
