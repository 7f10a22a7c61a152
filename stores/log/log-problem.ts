// What a check of a log can find. Codes are stable: tools match on them.

/** What can be wrong. Codes are stable; see the sentence with each problem. */
export type ProblemCode =
  | 'FILE_DAMAGED'
  | 'BATCH_CORRUPT'
  | 'BATCH_MISSING'
  | 'SPAN_MISSING'
  | 'SPAN_WRONG'
  | 'BATCHES_OVERLAP'
  | 'HEADER_MISSING'
  | 'HEAD_MISSING'
  | 'HEAD_WRONG'
  | 'TOPIC_UNREADABLE'
  | 'SNAPSHOT_DAMAGED'

export interface LogProblem {
  readonly code: ProblemCode
  readonly what: string
  /** `lines/0 at offset 12`, or a file and byte. */
  readonly where: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
}
