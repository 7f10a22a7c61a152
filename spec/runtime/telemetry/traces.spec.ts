// Whether a thread traces: by the provider that its program registered, if it did.

import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { silent } from '#protocols/core/log'
import { Traces } from '#runtime/telemetry/traces'

const provide = (...spanProcessors: SpanProcessor[]): void => {
  trace.disable()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
}

test('without a provider there is no tracer, whoever asks for one of the API', async () => {
  trace.disable()
  trace.getTracer('somebody').startSpan('something').end()
  const traces = new Traces(silent)
  await traces.look()
  assert.is(traces.tracer, null)
  await traces.flush()
})

test('a provider that is registered later is found by the next look, and stays', async () => {
  trace.disable()
  const traces = new Traces(silent)
  await traces.look()
  const kept = new InMemorySpanExporter()
  provide(new SimpleSpanProcessor(kept))
  assert.is(traces.tracer, null)
  await traces.look()
  const { tracer } = traces
  tracer?.begin('open', { task: 't/a/0' }, null).end({}, null)
  assert.equal(
    kept.getFinishedSpans().map(({ name, attributes }) => [name, attributes]),
    [['millrace open', { 'millrace.task': 't/a/0' }]],
  )
  await traces.look()
  assert.is(traces.tracer, tracer)
})

test('what the provider kept is sent when the thread ends; that it cannot be is said', async () => {
  let flushes = 0
  const processor: SpanProcessor = {
    onStart() {},
    onEnd() {},
    async forceFlush() {
      flushes++
      throw new Error('the collector is away')
    },
    async shutdown() {},
  }
  provide(processor)
  const codes: string[] = []
  const traces = new Traces({ log: (_level, code) => void codes.push(code) })
  await traces.look()
  await traces.flush()
  assert.is(flushes, 1)
  assert.equal(codes, ['TRACES_UNSENT'])
})

test('a fault that comes with every span is said once', async () => {
  const angry = (): never => {
    throw new Error('no room')
  }
  provide({ onStart: angry, onEnd: angry, forceFlush: async () => {}, shutdown: async () => {} })
  const codes: string[] = []
  const traces = new Traces({ log: (_level, code) => void codes.push(code) })
  await traces.look()
  traces.tracer?.begin('batch', {}, null).end({}, null)
  traces.tracer?.begin('batch', {}, null).end({}, null)
  assert.equal(codes, ['TRACES_FAILED'])
})

test.run()
