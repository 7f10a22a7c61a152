// What happened in an application: a host joined, a task failed, an operator drained a host. Kept in a
// topic of the application, so that it outlives whoever said it and is the same from everywhere.
//
//   <application>.events    one partition; record time: when it happened
//       key    the code, UTF-8
//       value  Event, JSON
//
// A version that does not know a field keeps it, and one that finds a record it cannot read passes over
// it: an event says what was, and nobody acts on it.

import { z } from 'zod'
import type { TopicSpec } from '../broker/broker.ts'
import { fromUtf8, utf8 } from '../core/bytes.ts'

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

const event = z.looseObject({
  /** Stable, as in logs: `HOST_JOINED`. */
  code: z.string(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  message: z.string(),
  /** The host that said it; null: an operator, through the broker. */
  host: z.string().nullable().default(null),
  /** Who wanted it, `user@machine`; null: nobody did. */
  by: z.string().nullable().default(null),
  /** Why, in the words of whoever wanted it. */
  reason: z.string().nullable().default(null),
  facts: z.record(z.string(), z.unknown()).default({}),
})
export type Event = z.infer<typeof event>

/** Long messages are cut, and facts that are too much are left out: an event is a sentence, not a dump. */
export function encodeEvent(what: Event): Uint8Array {
  const message = what.message.slice(0, MESSAGE_MAX)
  const facts = JSON.stringify(what.facts).length > FACTS_MAX ? {} : what.facts
  return utf8(JSON.stringify({ ...what, message, facts }))
}

/** Null for what is no event. */
export function decodeEvent(bytes: Uint8Array): Event | null {
  try {
    return event.parse(JSON.parse(fromUtf8(bytes)))
  } catch {
    // Of a version to come, or written by somebody else.
    return null
  }
}
