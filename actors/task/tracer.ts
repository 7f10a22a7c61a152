// The tracing port: what a task tells of its work while it happens, and a group of its rebalances. Absent
// where nobody traces, and then nothing is paid for it but one look per record.

import type { Headers } from '#protocols/records/record'
import type { TraceContext } from '#protocols/records/trace-context'

export type SpanFacts = Readonly<Record<string, string | number | boolean>>

/** Something that takes time. Ended once. */
export interface Span {
  /** Names it to other threads and hosts; null: nobody keeps it. */
  readonly context: TraceContext | null
  /** @param failure what it ended by; null: it went well */
  end(facts: SpanFacts, failure: Error | null): void
}

/** One record on its way through a task. */
export interface RecordSpan extends Span {
  /** Those of the record, naming this span: what the record becomes carries them. */
  readonly headers: Headers
  /** Runs a synchronous function inside of it: spans that user functions begin are its children. */
  run(work: () => void): void
}

export interface RecordAt {
  readonly headers: Headers
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface Tracer {
  /** @param parent null: it belongs to nothing */
  begin(name: SpanName, facts: SpanFacts, parent: Span | TraceContext | null): Span
  /**
   * Null: whoever wrote the record did not sample it.
   * @param batch what it is taken in with; linked to
   * @param isLinked it begins a trace of its own, which is linked to the record's
   */
  record(at: RecordAt, facts: SpanFacts, batch: Span, isLinked: boolean): RecordSpan | null
}

/**
 * - `place`: a placement is written
 * - `open`: a task comes to a host: from the order to the first record it could take
 * - `open stores`, `claim`, `restore`: what it does on the way
 * - `close`: a task leaves a host: from the order to its last close
 * - `batch`: records taken in together, until they are committed
 * - `commit`: outputs, changes and positions are stored
 */
export type SpanName =
  | 'place'
  | 'open'
  | 'open stores'
  | 'claim'
  | 'restore'
  | 'close'
  | 'batch'
  | 'commit'
