// Spans of a task, as OpenTelemetry's own SDK keeps them: what becomes a span, whose child it is, what it
// is linked to, and what the records that a traced one became carry.

import { trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { utf8 } from '#protocols/core/bytes'
import { BatchBuilder, BatchCursor } from '#protocols/records/batch'
import { readTraceContext, type TraceContext } from '#protocols/records/trace-context'
import { serde } from '#protocols/serdes/serdes'
import { encoded } from '#protocols/serdes/whole'
import { openTelemetryTracer } from '#runtime/telemetry/tracer'
import { CountWorld } from '../../actors/task/count-world.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const SAMPLED = `00-${TRACE}-${PARENT}-01`
const UNSAMPLED = `00-${TRACE}-${PARENT}-00`

const kept = new InMemorySpanExporter()

function provide(...others: SpanProcessor[]): void {
  kept.reset()
  trace.disable()
  const spanProcessors = [...others, new SimpleSpanProcessor(kept)]
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
}

async function append(world: CountWorld, ...parents: (string | null)[]): Promise<void> {
  const builder = new BatchBuilder()
  const text = serde.string()
  for (const parent of parents) {
    const headers = parent === null ? [] : [['traceparent', utf8(parent)] as const]
    builder.add(encoded(text, 'a'), encoded(text, 'x'), 1, headers)
  }
  const to = { topic: 'in', partition: 0 }
  await world.broker.producer().append([{ to, batch: builder.finish() }])
}

function carried(world: CountWorld): (TraceContext | null)[] {
  const reader = world.broker.reader({ topic: 'out', partition: 0 }, 'earliest', () => {})
  const contexts: (TraceContext | null)[] = []
  for (const { batch, base } of reader.take(1 << 20)) {
    const cursor = new BatchCursor(batch, base)
    while (cursor.next()) contexts.push(readTraceContext(cursor.headers()))
  }
  reader.close()
  return contexts
}

const named = (name: string): ReadableSpan[] =>
  kept.getFinishedSpans().filter((span) => span.name === name)

const faults: string[] = []
const tracer = () => openTelemetryTracer('1', ({ message }) => void faults.push(message))
const started = (world: CountWorld) => world.started('h1', { tracer: tracer() })

test('records that were sampled are spans, others are not; all are in their batch and its commit', async () => {
  provide()
  const world = await new CountWorld().begin()
  await append(world, SAMPLED, UNSAMPLED, null, 'what is this')
  const work = await started(world)
  assert.is(work.work(100), 'commit')
  assert.equal(
    kept.getFinishedSpans().map(({ name }) => name),
    ['process in'],
  )
  await work.commit()
  const [record] = named('process in')
  const [batch] = named('millrace batch')
  const [commit] = named('millrace commit')
  assert.is(kept.getFinishedSpans().length, 3)
  assert.is(record?.attributes['millrace.task'], `t/${world.plan.name}/0`)
  assert.is(record?.attributes['messaging.destination.name'], 'in')
  assert.is(record?.attributes['millrace.offset'], 0)
  assert.is(batch?.attributes['millrace.records'], 4)
  assert.is(batch?.parentSpanContext, undefined)
  assert.is(commit?.parentSpanContext?.spanId, batch?.spanContext().spanId)
  assert.is(commit?.attributes['millrace.records_out'], 4)
  await world.broker.close()
})

test('a task with stores begins a trace for what it makes, linked to the one the record came with', async () => {
  provide()
  const world = await new CountWorld().begin()
  await append(world, SAMPLED)
  const work = await started(world)
  work.work(100)
  await work.commit()
  const [record] = named('process in')
  const [batch] = named('millrace batch')
  assert.is(record?.parentSpanContext, undefined)
  assert.is.not(record?.spanContext().traceId, TRACE)
  assert.equal(
    record?.links.map((link) => link.context.spanId),
    [PARENT, batch?.spanContext().spanId],
  )
  const [output] = carried(world)
  assert.is(output?.traceId, record?.spanContext().traceId)
  assert.is(output?.spanId, record?.spanContext().spanId)
  await world.broker.close()
})

test('what was not sampled is carried on as it came', async () => {
  provide()
  const world = await new CountWorld().begin()
  await append(world, UNSAMPLED, null)
  const work = await started(world)
  work.work(100)
  await work.commit()
  const unsampled = { traceId: TRACE, spanId: PARENT, flags: 0, state: null }
  assert.equal(carried(world), [unsampled, null])
  await world.broker.close()
})

test('a record that failed says so in its span, and what was not committed in its batch', async () => {
  provide()
  const world = await new CountWorld().begin()
  world.onValue = () => {
    throw new Error('no more')
  }
  await append(world, SAMPLED)
  const work = await started(world)
  assert.throws(() => work.work(100))
  await work.close(false)
  const [record] = named('process in')
  assert.match(record?.status.message ?? '', 'no more')
  assert.is(record?.attributes['error.type'], 'USER_FUNCTION_FAILED')
  assert.is(named('millrace batch')[0]?.attributes['error.type'], 'UNCOMMITTED')
  await world.broker.close()
})

test('each try to commit is a span of one batch', async () => {
  provide()
  const world = await new CountWorld().begin()
  await append(world, null)
  const work = await started(world)
  work.work(100)
  world.refusals.push(new Error('the disk is full'))
  await work.commit().catch(() => {})
  await work.commit()
  const tries = named('millrace commit')
  assert.equal(
    tries.map(({ status }) => status.message),
    ['the disk is full', undefined],
  )
  const [batch, ...more] = named('millrace batch')
  assert.is(more.length, 0)
  for (const span of tries) {
    assert.is(span.parentSpanContext?.spanId, batch?.spanContext().spanId)
  }
  await world.broker.close()
})

test('a sampler that wants nothing gets nothing, and its word is carried on', async () => {
  kept.reset()
  trace.disable()
  const spanProcessors = [new SimpleSpanProcessor(kept)]
  const sampler = new AlwaysOffSampler()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors }))
  const world = await new CountWorld().begin()
  await append(world, SAMPLED)
  const work = await started(world)
  work.work(100)
  await work.commit()
  assert.is(kept.getFinishedSpans().length, 0)
  assert.is(carried(world)[0]?.flags, 0)
  await world.broker.close()
})

test('what a span processor throws is told, and no failure of a record', async () => {
  const angry = (): never => {
    throw new Error('no room for spans')
  }
  const quiet = async (): Promise<void> => {}
  provide({ onStart: angry, onEnd: angry, forceFlush: quiet, shutdown: quiet })
  const world = await new CountWorld().begin()
  await append(world, SAMPLED, null)
  const work = await started(world)
  assert.is(work.work(100), 'commit')
  await work.commit()
  assert.is(world.outputs(), 'a=1 a=2')
  assert.equal([...new Set(faults)], ['no room for spans'])
  await world.broker.close()
})

test.run()
