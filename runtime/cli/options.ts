// Options whose text means a number, and what is said when it does not.

import { MillraceError } from '#protocols/core/errors'

/** @throws MillraceError OPTION_INVALID */
export function whole(option: string, text: string): number {
  const value = Number(text)
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw optionInvalid(`${option} takes a whole number, not '${text}'`)
}

export const optionInvalid = (what: string): MillraceError =>
  new MillraceError({ code: 'OPTION_INVALID', what })
