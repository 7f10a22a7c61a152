// Spans of rebalances, as OpenTelemetry's own SDK keeps them: hosts with real workers and coordinators on a
// broker in memory, and a clock turned by hand.

import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import { type HostMessage, HostView, hostActor } from '#actors/host/host'
import { workerActor } from '#actors/host/worker'
import type { ActorRef } from '#actors/kernel/actor'
import type { Tracer } from '#actors/task/tracer'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder } from '#protocols/records/batch'
import { taskSettings } from '#runtime/process/task-settings'
import { openTelemetryTracer } from '#runtime/telemetry/tracer'
import { memoryEngine } from '#stores/engine/memory'
import { APP, HostWorld, type SimulatedProcess } from '../../actors/host/host-world.ts'
import { wordcount } from '../../examples/wordcount/wordcount.ts'

const PARTITIONS = 2
const REPARTITION = `${APP}.wordcount.counts.repartition`
const TOPICS = ['lines', 'word-counts', REPARTITION]
const deployment = {
  ...{ topology: 'wordcount', module: null, stateful: ['wordcount/counts'] },
  tasks: { lines: PARTITIONS, counts: PARTITIONS },
  topicPartitions: Object.fromEntries(TOPICS.map((name) => [name, PARTITIONS])),
}

const kept = new InMemorySpanExporter()
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(kept)] }),
)
const tracer = openTelemetryTracer('1', (error) => {
  throw error
})

interface RunningHost {
  readonly process: SimulatedProcess
  readonly ref: ActorRef<HostMessage>
}

class World extends HostWorld {
  async begin(): Promise<this> {
    kept.reset()
    for (const name of TOPICS) {
      await this.now(this.broker.topics.ensure({ name, partitions: PARTITIONS }))
    }
    return this
  }

  /** A host that runs the topology; @param traced whether its main thread knows a provider */
  async host(id: string, traced: Tracer | null = tracer): Promise<RunningHost> {
    const process = this.process(id)
    const { broker, system } = process
    const settings = taskSettings({})
    const facts = { application: APP, standbys: STANDBY_DEFAULT, isGone: this.isGone }
    const ports = {
      ...{ ...facts, broker, id, pid: 1, socket: id, workers: 1, sessionTimeoutMs: 8000 },
      tracer: () => traced,
      worker: (index: number, report: Parameters<typeof workerActor>[0]['report']) =>
        workerActor({
          ...{ index, application: APP, host: id, broker, settings, report },
          storage: {
            open: async () => ({ disk: memoryEngine(), memory: memoryEngine() }),
            wipe: async () => {},
          },
          plan: async () => wordcount.plan(APP),
          tracer: () => tracer,
        }),
      onJoined: () => {},
    }
    const ref = system.spawn(hostActor(ports, new HostView()), 'host')
    ref.tell({ type: 'deploy', deployment })
    await this.clock.advance(20_000)
    return { process, ref }
  }

  async write(...lines: string[]): Promise<void> {
    const builder = new BatchBuilder()
    for (const line of lines) builder.add(null, utf8(line), 1)
    const to = { topic: 'lines', partition: 0 }
    await this.now(this.broker.producer().append([{ to, batch: builder.finish() }]))
    await this.clock.advance(2000)
  }
}

const named = (name: string): ReadableSpan[] =>
  kept.getFinishedSpans().filter((span) => span.name === `millrace ${name}`)
const fact = (span: ReadableSpan | undefined, name: string): unknown =>
  span?.attributes[`millrace.${name}`]
const traceOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().traceId
const parentOf = (span: ReadableSpan | undefined): string | undefined =>
  span?.parentSpanContext?.spanId
const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId

test('a placement is a span that says why it was made and how many tasks move', async () => {
  const world = await new World().begin()
  await world.host('one')
  const [first] = named('place')
  assert.is(fact(first, 'cause'), 'one takes part, 4 tasks new')
  assert.equal(
    ['host', 'tasks', 'tasks_moved', 'tasks_waiting'].map((name) => fact(first, name)),
    ['one', 4, 4, 0],
  )
  kept.reset()
  await world.host('two')
  const [second] = named('place')
  assert.is(fact(second, 'cause'), 'two takes part')
  assert.equal([fact(second, 'tasks_moved'), fact(second, 'tasks_waiting')], [2, 2])
  await world.broker.close()
})

test('what a rebalance does is one trace: its placements, the tasks that leave and those that come', async () => {
  const world = await new World().begin()
  await world.host('one')
  await world.write('to be or not to be')
  kept.reset()
  await world.host('two')
  const [root, ...steps] = named('place')
  const [left, came] = [named('close'), named('open')]
  assert.is(parentOf(root), undefined)
  assert.ok(steps.length > 0)
  assert.equal(
    left.map((span) => fact(span, 'host')),
    ['one', 'one'],
  )
  assert.equal(
    came.map((span) => fact(span, 'task')).sort(),
    left.map((span) => fact(span, 'task')).sort(),
  )
  for (const span of [...steps, ...left, ...came]) {
    assert.is(traceOf(span), traceOf(root))
    assert.is(parentOf(span), idOf(root))
  }
  for (const span of left) assert.is(fact(span, 'is_clean'), true)
  for (const span of steps) assert.is(fact(span, 'cause'), 'a step of a rebalance')
  await world.broker.close()
})

test('a task that comes says how it opened its stores, claimed its log and what it replayed of it', async () => {
  const world = await new World().begin()
  const one = await world.host('one')
  await world.write('to be', 'or not', 'to be')
  kept.reset()
  world.gone.add('one')
  one.process.clock.kill()
  await world.host('two')
  const came = named('open')
  assert.is(came.length, 4)
  let replayed = 0
  for (const span of came) {
    const within = kept.getFinishedSpans().filter((it) => parentOf(it) === idOf(span))
    assert.equal(
      within.map(({ name }) => name),
      ['millrace open stores', 'millrace claim', 'millrace restore'],
    )
    replayed += Number(fact(within[2], 'replayed'))
    const isStateful = String(fact(span, 'task')).includes('/counts/')
    assert.is(fact(within[0], 'from_snapshot'), isStateful ? false : undefined)
  }
  assert.ok(replayed > 0)
  await world.broker.close()
})

test('a task that closes because its host ends is in no trace of a rebalance, and names its placement', async () => {
  const world = await new World().begin()
  const one = await world.host('one')
  const [root] = named('place')
  const stopped = one.process.system.stop()
  await world.clock.advance(5000)
  await stopped
  const left = named('close')
  assert.is(left.length, 4)
  for (const span of left) {
    assert.is(parentOf(span), undefined)
    assert.is(fact(span, 'placement'), fact(root, 'placement'))
  }
  await world.broker.close()
})

test('where the coordinator does not trace, tasks that come and go are traces of their own', async () => {
  const world = await new World().begin()
  await world.host('one', null)
  assert.is(named('place').length, 0)
  assert.is((await world.placement())?.trace, undefined)
  const came = named('open')
  assert.is(came.length, 4)
  for (const span of came) assert.is(parentOf(span), undefined)
  assert.is(new Set(came.map(traceOf)).size, 4)
  await world.broker.close()
})

test('a placement that changes no target goes on in the trace of the one that did', async () => {
  const world = await new World().begin()
  await world.host('one')
  const first = (await world.placement())?.trace
  await world.host('two')
  const second = await world.placement()
  const [root] = named('place').filter((span) => fact(span, 'cause') === 'two takes part')
  assert.ok((second?.version ?? 0) > Number(fact(root, 'placement')))
  assert.is(second?.trace, `00-${traceOf(root)}-${idOf(root)}-01`)
  assert.is.not(second?.trace, first)
  await world.broker.close()
})

test.run()
