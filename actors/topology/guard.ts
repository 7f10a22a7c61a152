// User functions run inside a guard, so that an error of theirs is never mistaken for one of ours and
// says which operator of the topology it came from. A try block that does not throw is free.

import { asError, MillraceError } from '#protocols/core/errors'

/** Wraps a user function of up to three arguments; what it throws becomes USER_FUNCTION_FAILED. */
export function guarded<A, B, C, R>(
  node: string,
  userFunction: (a: A, b: B, c: C) => R,
): (a: A, b: B, c: C) => R {
  return (a, b, c) => {
    try {
      return userFunction(a, b, c)
    } catch (thrown) {
      throw userFunctionFailed(node, thrown)
    }
  }
}

export function userFunctionFailed(node: string, thrown: unknown): MillraceError {
  return new MillraceError({
    code: 'USER_FUNCTION_FAILED',
    what: `operator '${node}' threw ${asError(thrown).name}: ${asError(thrown).message}`,
    retry: 'soon',
    cause: thrown,
  })
}
