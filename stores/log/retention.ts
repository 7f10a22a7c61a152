// Retention of `delete` topics: whole batches go from the front while they are older than the topic
// keeps, or while the rest still has as many bytes as it keeps. By batch time and the wall clock.
//
// Invariant: `first` moves in the transaction that removes what was before it, so a reader below it
// is told, and never finds a hole.

import type { TopicSpec } from '#protocols/broker/broker'
import { assert } from '#protocols/core/assert'
import type { Head, Span } from './layout.ts'
import type { Partitions, Place } from './partitions.ts'

const BATCHES_MAX = 512

/** In a body. Removes some batches that are due; answers how many. */
export function expire(
  partitions: Partitions,
  place: Place,
  spec: TopicSpec,
  nowMs: number,
): number {
  const head = partitions.head(place)
  const due = dueSpans(partitions.spans(place, head.first), head, spec, nowMs)
  const last = due.at(-1)
  if (last === undefined) return 0
  let bytes = head.bytes
  for (const span of due) {
    partitions.remove(place, span.base)
    bytes -= span.bytes
  }
  assert(bytes >= 0, 'a head counts the bytes of its batches')
  const first = partitions.firstBase(place, last.next) ?? head.next
  partitions.setHead(place, { ...head, first, bytes })
  return due.length
}

function dueSpans(spans: Iterable<Span>, head: Head, spec: TopicSpec, nowMs: number): Span[] {
  const oldest =
    spec.retentionMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - spec.retentionMs
  const bytesMin = spec.retentionBytes ?? Number.POSITIVE_INFINITY
  const due: Span[] = []
  let rest = head.bytes
  for (const span of spans) {
    rest -= span.bytes
    if (span.maxTime >= oldest && rest < bytesMin) break
    due.push(span)
    if (due.length === BATCHES_MAX) break
  }
  return due
}
