// The tracing port on OpenTelemetry's API. Loaded when a tracer provider is registered in this thread, and
// never before. How spans are sampled, kept and sent is the provider's business.

import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  type Link,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { RecordAt, RecordSpan, Span, SpanFacts, SpanName, Tracer } from '#actors/task/tracer'
import { asError, isMillraceError } from '#protocols/core/errors'
import type { Headers } from '#protocols/records/record'
import {
  isSampled,
  readTraceContext,
  type TraceContext,
  withTraceContext,
} from '#protocols/records/trace-context'

/** @param onFault told what processors and samplers of users throw, which is no failure of a record */
export function openTelemetryTracer(version: string, onFault: (error: Error) => void): Tracer {
  return new OpenTelemetryTracer(trace.getTracer('millrace', version), onFault)
}

class OpenTelemetryTracer implements Tracer {
  readonly #tracer: OtelTracer
  readonly #onFault: (error: Error) => void

  constructor(tracer: OtelTracer, onFault: (error: Error) => void) {
    this.#tracer = tracer
    this.#onFault = onFault
  }

  begin(name: SpanName, facts: SpanFacts, parent: Span | TraceContext | null): Span {
    return this.#harmless(() => this.#begin(name, facts, parent)) ?? NO_SPAN
  }

  record(at: RecordAt, facts: SpanFacts, batch: Span, isLinked: boolean): RecordSpan | null {
    if (at.headers.length === 0) return null
    const from = readTraceContext(at.headers)
    if (from === null || !isSampled(from)) return null
    return this.#harmless(() => this.#record(at, spanContextOf(from), facts, { batch, isLinked }))
  }

  #begin(name: SpanName, facts: SpanFacts, parent: Span | TraceContext | null): Span {
    const within = withinOf(parent)
    const attributes = attributesOf(facts)
    const span = this.#tracer.startSpan(`millrace ${name}`, { attributes }, within)
    return new Opened(span, trace.setSpan(ROOT_CONTEXT, span), this.#onFault)
  }

  #record(
    at: RecordAt,
    remote: SpanContext,
    facts: SpanFacts,
    { batch, isLinked }: { readonly batch: Span; readonly isLinked: boolean },
  ): RecordSpan {
    const links = batch instanceof Opened ? [batch.link] : []
    if (isLinked) links.unshift({ context: remote })
    const attributes = {
      ...attributesOf(facts),
      'messaging.system': 'millrace',
      'messaging.operation.type': 'process',
      'messaging.destination.name': at.topic,
      'messaging.destination.partition.id': String(at.partition),
      'millrace.offset': at.offset,
    }
    const options = { kind: SpanKind.CONSUMER, attributes, links }
    const parent = isLinked ? ROOT_CONTEXT : contextOf(remote)
    const span = this.#tracer.startSpan(`process ${at.topic}`, options, parent)
    // User functions see what else is active here, and this span in it.
    return new OpenedRecord(span, trace.setSpan(context.active(), span), at.headers, this.#onFault)
  }

  #harmless<T>(trace: () => T): T | null {
    try {
      return trace()
    } catch (thrown) {
      this.#onFault(asError(thrown))
      return null
    }
  }
}

class Opened implements Span {
  readonly within: Context
  readonly #span: OtelSpan
  readonly #onFault: (error: Error) => void

  constructor(span: OtelSpan, within: Context, onFault: (error: Error) => void) {
    this.#span = span
    this.#onFault = onFault
    this.within = within
  }

  get context(): TraceContext {
    return traceContextOf(this.#span.spanContext())
  }

  get link(): Link {
    return { context: this.#span.spanContext() }
  }

  end(facts: SpanFacts, failure: Error | null): void {
    try {
      this.#end(facts, failure)
    } catch (thrown) {
      this.#onFault(asError(thrown))
    }
  }

  #end(facts: SpanFacts, failure: Error | null): void {
    this.#span.setAttributes(attributesOf(facts))
    if (failure !== null) {
      const { message } = failure
      const code = isMillraceError(failure) ? failure.code : failure.name
      this.#span.setAttribute('error.type', code)
      this.#span.recordException(failure)
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message })
    }
    this.#span.end()
  }
}

class OpenedRecord extends Opened implements RecordSpan {
  readonly headers: Headers

  constructor(span: OtelSpan, within: Context, headers: Headers, onFault: (error: Error) => void) {
    super(span, within, onFault)
    this.headers = withTraceContext(headers, traceContextOf(span.spanContext()))
  }

  run(work: () => void): void {
    context.with(this.within, work)
  }
}

const NO_SPAN: Span = { context: null, end() {} }

function withinOf(parent: Span | TraceContext | null): Context {
  if (parent instanceof Opened) return parent.within
  return parent !== null && 'traceId' in parent ? contextOf(spanContextOf(parent)) : ROOT_CONTEXT
}

const contextOf = (remote: SpanContext): Context => trace.setSpanContext(ROOT_CONTEXT, remote)

const spanContextOf = ({ traceId, spanId, flags, state }: TraceContext): SpanContext => ({
  ...{ traceId, spanId, traceFlags: flags, isRemote: true },
  ...(state === null ? {} : { traceState: createTraceState(state) }),
})

const traceContextOf = (it: SpanContext): TraceContext => {
  const state = it.traceState?.serialize() ?? ''
  return {
    ...{ traceId: it.traceId, spanId: it.spanId, flags: it.traceFlags },
    state: state === '' ? null : state,
  }
}

const attributesOf = (facts: SpanFacts): Attributes =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [`millrace.${snake(name)}`, value] as const),
  )

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (it) => `_${it.toLowerCase()}`)
