// What was thrown, as data: what an error of ours says of itself, what a limit of the system means, and of
// anything else its message.

import { asError, type ErrorFacts, isMillraceError } from './errors.ts'
import { systemLimit } from './system-limit.ts'

export function factsOf(thrown: unknown): ErrorFacts {
  const error = systemLimit(thrown) ?? thrown
  if (!isMillraceError(error)) return { code: 'INTERNAL', what: asError(error).message }
  const { code, what, where, hint, retry } = error
  return { code, what, where, hint, retry }
}
