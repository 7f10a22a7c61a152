// What serdes say when a value is not what was declared: one sentence for each direction. A writer's
// refusal is a mistake of the program; a reader's becomes part of the record's own error, and the
// topic's policy decides.

import { MillraceError } from '../core/errors.ts'

/** The program hands a serde a value that it cannot hold. */
export const valueRefused = (serde: string, value: unknown, why?: string): MillraceError =>
  new MillraceError({
    code: 'VALUE_REFUSED',
    what: `${serde} cannot hold ${shown(value)}${why === undefined ? '' : `: ${why}`}`,
    hint: 'Give the topic or the store a serde for what the program really writes',
  })

/** The bytes of a record are not what its topic declares. */
export const bytesRefused = (serde: string, why: string): MillraceError =>
  new MillraceError({ code: 'BYTES_REFUSED', what: `not ${serde}: ${why}` })

/** A value as a short piece of a sentence. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the string '${clipped(value)}'`
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no prototype'})`
  return `the ${typeof value} ${clipped(String(value))}`
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text)
