// The tracing port: what a task tells of its work while it happens. Absent where nobody traces, and then
// nothing is paid for it but one look per record.

import type { Headers } from '#protocols/records/record'

export type SpanFacts = Readonly<Record<string, string | number | boolean>>

/** Something that takes time. Ended once. */
export interface Span {
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
  begin(name: SpanName, facts: SpanFacts, parent: Span | null): Span
  /**
   * Null: whoever wrote the record did not sample it.
   * @param batch what it is taken in with; linked to
   * @param isLinked it begins a trace of its own, which is linked to the record's
   */
  record(at: RecordAt, facts: SpanFacts, batch: Span, isLinked: boolean): RecordSpan | null
}

/**
 * - `open`: a task comes to a host: from the order to the first record it could take
 * - `batch`: records taken in together, until they are committed
 * - `commit`: outputs, changes and positions are stored
 */
export type SpanName = 'open' | 'batch' | 'commit'
