// The spans of one work of a task: what it does to open, a batch from its first record to its commit, each
// try to commit it, and the records in it that were sampled.
//
// A task without stores makes one record of another: what it writes goes on with the record's trace. In
// one with stores a result is made of many records, each with a trace of its own; its records begin new
// traces, linked to the ones they came with, or whole histories would grow into one trace.

import type { TaskClaim } from '#protocols/broker/broker'
import { asError, MillraceError } from '#protocols/core/errors'
import type { BatchCursor } from '#protocols/records/batch'
import type { Headers } from '#protocols/records/record'
import { isSampled, readTraceContext, type TraceContext } from '#protocols/records/trace-context'
import type { SubtopologyPlan } from '../topology/plan.ts'
import type { RunningTopology } from '../topology/running-topology.ts'
import type { Span, SpanFacts, SpanName, Tracer } from './tracer.ts'

/** What a commit stores: records and bytes of outputs, changes of stores. */
export interface CommitAmount {
  readonly records: number
  readonly bytes: number
  readonly changes: number
}

/** Who is told of a work, and the coming of its task to the host, while that lasts. */
export interface Traced {
  /** Default: nobody traces. */
  readonly tracer?: Tracer | null | undefined
  readonly opening?: Span | null | undefined
}

export class WorkTrace {
  readonly #tracer: Tracer
  readonly #facts: SpanFacts
  readonly #isLinked: boolean
  readonly #opening: Span | null
  #batch: Span | null = null
  #records = 0
  /** Of the batch, the first record that was sampled: headers that name its span. */
  #sampled: Headers | null = null

  /** Null where nobody traces. */
  static of(
    { application, topology, subtopology, partition, host }: TaskClaim,
    { stores }: SubtopologyPlan,
    { tracer = null, opening = null }: Traced,
  ): WorkTrace | null {
    if (tracer === null) return null
    const task = `${topology}/${subtopology}/${partition}`
    return new WorkTrace(tracer, { application, host, task }, stores.length > 0, opening)
  }

  /** @param facts that every span has */
  constructor(tracer: Tracer, facts: SpanFacts, isLinked: boolean, opening: Span | null) {
    this.#tracer = tracer
    this.#facts = facts
    this.#isLinked = isLinked
    this.#opening = opening
  }

  /** A span of the batch that is kept, if there is one. */
  get sampled(): TraceContext | null {
    const found = this.#sampled === null ? null : readTraceContext(this.#sampled)
    return found !== null && isSampled(found) ? found : null
  }

  /** `topology.process`, seen. */
  process(topology: RunningTopology, topic: string, partition: number, cursor: BatchCursor): void {
    const batch = this.#open()
    this.#records++
    const at = { topic, partition, offset: cursor.offset, headers: cursor.headers() }
    const span = this.#tracer.record(at, this.#facts, batch, this.#isLinked)
    if (span === null) return topology.process(topic, partition, cursor)
    this.#sampled ??= span.headers
    try {
      span.run(() => topology.processAs(span.headers, topic, partition, cursor))
      span.end({}, null)
    } catch (thrown) {
      span.end({}, asError(thrown))
      throw thrown
    }
  }

  /** A part of the task's coming to the host; null where that is over, and the task is opened again. */
  step(name: SpanName): Span | null {
    const opening = this.#opening
    return opening === null ? null : this.#tracer.begin(name, this.#facts, opening)
  }

  /** A try to commit; the batch ends with the one that goes well. */
  async commit<T>(amount: CommitAmount, store: () => Promise<T>): Promise<T> {
    const { records, bytes } = amount
    const span = this.#tracer.begin('commit', this.#facts, this.#open())
    const facts: SpanFacts = { recordsOut: records, bytesOut: bytes, changes: amount.changes }
    try {
      const stored = await store()
      span.end(facts, null)
      this.#close(null)
      return stored
    } catch (thrown) {
      span.end(facts, asError(thrown))
      throw thrown
    }
  }

  /** Nothing more comes: what was not committed is undone, and done again by whoever goes on. */
  close(): void {
    this.#close(uncommitted())
  }

  #open(): Span {
    this.#batch ??= this.#tracer.begin('batch', this.#facts, null)
    return this.#batch
  }

  #close(failure: Error | null): void {
    this.#batch?.end({ records: this.#records }, failure)
    this.#batch = this.#sampled = null
    this.#records = 0
  }
}

/** @param operation says what is to be known of it */
export async function traceStep(
  trace: WorkTrace | null,
  name: SpanName,
  operation: () => Promise<SpanFacts>,
): Promise<void> {
  const span = trace?.step(name) ?? null
  try {
    const facts = await operation()
    span?.end(facts, null)
  } catch (thrown) {
    span?.end({}, asError(thrown))
    throw thrown
  }
}

const uncommitted = (): MillraceError =>
  new MillraceError({
    code: 'UNCOMMITTED',
    what: 'the task ended before the records were committed',
  })
