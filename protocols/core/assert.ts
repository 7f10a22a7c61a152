// A broken belief. An assertion states what the code around it relies on; when it fails, the
// program is wrong, not its input: the actor that holds the belief crashes and its supervisor
// decides. Nothing here is for checking what users say; that is a Refusal (errors.ts).

export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed'
}

/**
 * Throws unless `claim` holds.
 * @param belief the sentence that should have been true; a thunk where building it costs something
 * @throws AssertionFailed
 */
export function assert(claim: boolean, belief: string | (() => string)): asserts claim {
  if (!claim) throw new AssertionFailed(typeof belief === 'string' ? belief : belief())
}

/** Marks the branch of a `switch` that no value can reach; adding a case breaks the compile. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable value: ${String(value)}`)
}
