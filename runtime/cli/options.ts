// Options whose text means something narrower than text, and what is said when it does not.

import { MillraceError } from '#protocols/core/errors'
import { type Duration, durationMs } from '../dsl/duration.ts'

/** @throws MillraceError OPTION_INVALID */
export function whole(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw optionInvalid(`${option} takes a whole number, not '${text}'`)
}

/** `whole`, of an option that may be missing. */
export const maybeWhole = (option: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : whole(option, text)

/**
 * In ms: a number with its unit, or a bare one of ms.
 * @throws MillraceError DURATION_INVALID
 */
export const timeMs = (option: string, text: string): number =>
  durationMs(/^\d+$/.test(text) ? Number(text) : (text as Duration), option)

/** @throws MillraceError OPTION_INVALID */
export function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text)
  if (found !== undefined) return found
  throw optionInvalid(`${option} takes ${choices.join(' or ')}, not '${text}'`)
}

export const optionInvalid = (what: string): MillraceError =>
  new MillraceError({ code: 'OPTION_INVALID', what })
