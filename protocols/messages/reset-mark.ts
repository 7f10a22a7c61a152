// The mark of a reset that is not finished, `<application>/reset` in the coordination map: what is being
// reset, where its inputs are to be read from afterwards, and what reads them. All of it is one document,
// because the reset removes what it could be found out from.
//
//   before a reset could begin elsewhere than at the beginning: the name of the topology as text, empty
//   for all; since then: JSON. Names have no brace.

import * as z from 'zod'
import { fromUtf8, utf8 } from '../core/bytes.ts'

/** Where inputs are read from: an end of what is kept, the first record of a time, an offset. */
const beginning = z.union([
  z.enum(['earliest', 'latest']),
  z.object({ timeMs: z.number() }),
  z.object({ offset: z.number() }),
])
export type Beginning = z.infer<typeof beginning>

/** A sub-topology, as its kept plan says. */
const reading = z.object({
  topology: z.string(),
  subtopology: z.string(),
  tasks: z.number(),
  sources: z.array(z.string()).readonly(),
})
export type Reading = z.infer<typeof reading>

const mark = z.object({
  /** The topology being reset; empty: all of the application. */
  topology: z.string(),
  from: beginning.default('earliest'),
  readings: z.array(reading).readonly().default([]),
})
export type ResetMark = z.infer<typeof mark>

export const encodeResetMark = (value: ResetMark): Uint8Array => utf8(JSON.stringify(value))

export function decodeResetMark(bytes: Uint8Array): ResetMark {
  const text = fromUtf8(bytes)
  return mark.parse(text.startsWith('{') ? JSON.parse(text) : { topology: text })
}
