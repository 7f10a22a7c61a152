// What becomes of a record at which something failed, and what is known of that failure. Policies are
// values in a plan; `verdictOf` asks one.

import type { Headers } from '#protocols/records/record'
import { guarded } from './guard.ts'

export interface RecordFailure {
  /** It could not be read as declared, a function of the program threw, or a result could not be written. */
  readonly kind: 'reading' | 'processing' | 'writing'
  /** The operator it failed in; a source, by its name, where it was not read. */
  readonly operator: string
  /** With a code; what a function of the program threw is its `cause`. */
  readonly error: Error
  /** Where the record of the input came from; an empty topic and -1 when time set it off, not a record. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly headers: Headers
  /** What the operator was given; undefined where there was no record, or it was not read. */
  readonly key: unknown
  readonly value: unknown
}

export type Verdict = 'fail' | 'skip' | 'dlq'

/**
 * `fail` the task (it is quarantined when the same record fails three times), `skip` the record, or
 * write it with headers saying why to a dead letter topic; or ask each time, with the topic for those
 * that are to be letters.
 */
export type RecordPolicy =
  | 'fail'
  | 'skip'
  | { readonly dlq: string; readonly decide?: ((failure: RecordFailure) => Verdict) | undefined }

/** @throws MillraceError USER_FUNCTION_FAILED when the policy's own function threw */
export function verdictOf(
  policy: RecordPolicy,
  failure: RecordFailure,
): 'fail' | 'skip' | { readonly dlq: string } {
  if (typeof policy === 'string') return policy
  const { dlq, decide } = policy
  if (decide === undefined) return { dlq }
  const verdict = guarded(`${failure.operator}, on a failure`, decide)(failure, null, null)
  return verdict === 'dlq' ? { dlq } : verdict
}
