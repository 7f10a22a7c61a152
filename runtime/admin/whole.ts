// Whole numbers in the query of an address.

import { MillraceError } from '#protocols/core/errors'

/** @throws MillraceError OPTION_INVALID */
export function whole(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const what = `${name} takes a whole number, not '${text}'`
  throw new MillraceError({ code: 'OPTION_INVALID', what })
}
