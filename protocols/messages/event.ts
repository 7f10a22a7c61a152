// What happened in an application: a host joined, a task failed, an operator drained a host. Kept in a
// topic of the application, so that it outlives whoever said it and is the same from everywhere.
//
//   <application>.events    one partition; record time: when it happened
//       key    the code, UTF-8
//       value  Event, JSON
//
// A version that does not know a field keeps it, and one that finds a record it cannot read passes over
// it: an event says what was, and nobody acts on it.

import type { TopicSpec } from '../broker/broker.ts'
import { utf8 } from '../core/bytes.ts'
import type { Event } from './event-reading.ts'

export const eventsTopic = (application: string): string => `${application}.events`

const DAY_MS = 86_400_000
const KEPT_DAYS = 14
/** Some fifty thousand events. */
const KEPT_BYTES = 16 * 1024 * 1024
const MESSAGE_MAX = 2000
const FACTS_MAX = 4000

/** The older of two weeks and 16 MiB goes first; a reset of the application removes it. */
export const eventsSpec = (application: string): TopicSpec => ({
  ...{ name: eventsTopic(application), partitions: 1, owner: 'internal' },
  ...{ retentionMs: KEPT_DAYS * DAY_MS, retentionBytes: KEPT_BYTES },
})

/** Long messages are cut, and facts that are too much are left out: an event is a sentence, not a dump. */
export function encodeEvent(what: Event): Uint8Array {
  const message = what.message.slice(0, MESSAGE_MAX)
  const facts = JSON.stringify(what.facts).length > FACTS_MAX ? {} : what.facts
  return utf8(JSON.stringify({ ...what, message, facts }))
}
