// What a program says of records that cannot be read, or at which something failed, and the plan's word
// for it.

import type { PlannedTopic } from '#actors/topology/plan'
import type { RecordFailure, RecordPolicy, Verdict } from '#actors/topology/record-policy'

export type { RecordFailure }

/**
 * `fail` quarantines the task after three tries at the same record; `skip` counts it and goes on;
 * `dlq` writes it to the application's dead letter queue, `<application>.dlq`, or to a topic of your
 * choice; a function decides each time.
 */
export type OnFailure = Verdict | { readonly dlq: string } | ((failure: RecordFailure) => Verdict)

export function recordPolicy(asked: OnFailure | undefined, application: string): RecordPolicy {
  const dlq = `${application}.dlq`
  if (asked === undefined) return 'fail'
  if (typeof asked === 'function') return { dlq, decide: asked }
  return asked === 'dlq' ? { dlq } : asked
}

/** The topic of letters that a policy needs. */
export const letterTopics = (policy: RecordPolicy): readonly PlannedTopic[] =>
  typeof policy === 'string'
    ? []
    : [{ name: policy.dlq, owner: 'user', use: 'dlq', declared: { partitions: 1 } }]
