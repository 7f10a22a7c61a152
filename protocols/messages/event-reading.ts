// Events as they are read. Who only tells them, as every worker thread does, loads no schemas.

import * as z from 'zod'
import { fromUtf8 } from '../core/bytes.ts'
import { LOG_LEVELS } from '../core/log.ts'

const event = z.looseObject({
  /** Stable, as in logs: `HOST_JOINED`. */
  code: z.string(),
  level: z.enum(LOG_LEVELS),
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

/** Null for what is no event. */
export function decodeEvent(bytes: Uint8Array): Event | null {
  try {
    return event.parse(JSON.parse(fromUtf8(bytes)))
  } catch {
    // Of a version to come, or written by somebody else.
    return null
  }
}
