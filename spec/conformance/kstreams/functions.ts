// Functions of a request: JavaScript text, evaluated once per topology.

import type { Fn } from './request.ts'

// Typed by the operator that calls it.
type Called = (...args: unknown[]) => object

/** The function; what it answers is null where it answers nothing. */
export function called({ js }: Fn): Called {
  // The text is an arrow function, from the request itself.
  const made = new Function(`return (${js})`)() as Called
  return (...args) => (made(...args) ?? null) as object
}

export const predicate = (fn: Fn): ((key: unknown, value: unknown) => boolean) => {
  const holds = called(fn)
  return (key, value) => (holds(key, value) as unknown) === true
}
