// How old records are when what they did can be read: measured once a commit, and handed on by batches.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Tracer } from '#actors/task/tracer'
import type { TaskWork } from '#actors/task/work'
import { wallTime } from '#protocols/core/brands'
import { MillraceError } from '#protocols/core/errors'
import { NO_HEADERS } from '#protocols/records/record'
import { withTraceContext } from '#protocols/records/trace-context'
import { machineClock } from '../../stores/log/brokers.ts'
import { BUDGET_MS, CountWorld } from './count-world.ts'

/** A world whose works have a wall clock that is turned by hand. */
async function aWorld() {
  const world = await new CountWorld().begin()
  const time = { ms: 100_000 }
  world.clock = { ...machineClock, now: () => wallTime(time.ms) }
  return { world, time }
}

/** What was measured, in sum, and how often. */
function measured(work: TaskWork): [count: number, ms: number] {
  const { counts = [], ms = 0 } = work.facts().meter.latency ?? {}
  return [counts.reduce((sum, it) => sum + it, 0), ms]
}

/** When the outputs say that they came in. */
function handedOn({ broker }: CountWorld): number[] {
  const reader = broker.reader({ topic: 'out', partition: 0 }, 'earliest', () => {})
  const times = reader.take(1 << 20).map(({ batch }) => batch.intakeTime)
  reader.close()
  return times
}

test('a commit counts once, with the oldest record in it, until it is stored', async () => {
  const { world, time } = await aWorld()
  const work = await world.started()
  await world.appendAt(99_000, 'a=x', 'b=x')
  await world.appendAt(97_000, 'a=x')
  await world.appendAt(98_000, 'a=x')
  work.work(BUDGET_MS)
  assert.equal(measured(work), [0, 0])
  world.refusals.push(new MillraceError({ code: 'LOG_FULL', what: 'no room', retry: 'later' }))
  await work.commit().catch(() => {})
  assert.equal(measured(work), [0, 0])
  time.ms = 101_000
  await work.commit()
  assert.equal(measured(work), [1, 4000])
  await work.commit()
  assert.equal(measured(work), [1, 4000])
  await world.broker.close()
})

test('what a task writes came in when the oldest record did that it is made of', async () => {
  const { world, time } = await aWorld()
  const work = await world.started()
  for (const intake of [90_000, 95_000]) {
    await world.appendAt(intake, 'a=x')
    work.work(BUDGET_MS)
    time.ms += 1000
    await work.commit()
  }
  assert.equal(handedOn(world), [90_000, 95_000])
  await world.broker.close()
})

test('what comes again after a failure came in when it first did', async () => {
  const { world } = await aWorld()
  const failing = await world.started()
  await world.appendAt(90_000, 'a=x')
  failing.work(BUDGET_MS)
  await failing.close(false)
  const work = await world.started()
  work.work(BUDGET_MS)
  await work.commit()
  assert.equal(measured(work), [1, 10_000])
  await world.broker.close()
})

test('where nobody said when a record came in, it did when the task took it', async () => {
  const { world, time } = await aWorld()
  const work = await world.started()
  await world.append('a=x')
  work.work(BUDGET_MS)
  time.ms += 30
  await work.commit()
  assert.equal(measured(work), [1, 30])
  assert.equal(handedOn(world), [100_000])
  await world.broker.close()
})

test('a commit with a sampled record in it names the span of the first one', async () => {
  const { world } = await aWorld()
  let span = 0
  const tracer: Tracer = {
    begin: () => ({ context: null, end: () => {} }),
    record: ({ offset }) => {
      const flags = offset === 0 ? 0 : 1
      const spanId = String(++span).padStart(16, '0')
      const context = { traceId: 'a'.repeat(32), spanId, flags, state: null }
      const headers = withTraceContext(NO_HEADERS, context)
      return offset === 3 ? null : { context, headers, run: (work) => work(), end: () => {} }
    },
  }
  const work = await world.started('h1', { tracer })
  const spans = () => work.facts().meter.latency?.traced.map(({ spanId }) => Number(spanId))
  const commit = async (record: string): Promise<void> => {
    await world.appendAt(99_000, record)
    work.work(BUDGET_MS)
    await work.commit()
  }
  await commit('a=x') // the provider keeps no span of it
  assert.equal(spans(), [])
  await world.appendAt(99_000, 'b=x')
  await commit('c=x')
  assert.equal(spans(), [2])
  await commit('d=x') // nobody sampled it
  assert.equal(spans(), [2])
  await world.broker.close()
})

test.run()
