// Errors in three families with three fates:
//   1. a broken belief (assert.ts): the actor crashes, its supervisor decides;
//   2. a refusal: somebody said a thing that cannot be done (manifest, DSL, CLI, data directory);
//   3. weather: the world is in the way now (disk full, broker away, a newer owner).
// Families 2 and 3 are MillraceError: a stable code, one sentence saying what happened, where, and
// how to mend it, and whether trying again can help. Codes are API: they never change meaning.

/** Whether the same call can succeed later without anybody changing it. */
export type Retry = 'never' | 'soon' | 'later'

export interface ErrorFacts {
  /** Stable, upper snake case, e.g. `TOPIC_UNKNOWN`. */
  readonly code: string
  /** What happened, as a sentence without a final stop. */
  readonly what: string
  /** File, line, topic, partition, offset: the place, as a person would name it. */
  readonly where?: string | undefined
  /** What to do about it. */
  readonly hint?: string | undefined
  /** Default `never`. */
  readonly retry?: Retry | undefined
  readonly cause?: unknown
}

/** Every error that a user, an operator or a supervisor is meant to read. */
export class MillraceError extends Error {
  override readonly name: string = 'MillraceError'
  readonly code: string
  readonly what: string
  readonly where: string | undefined
  readonly hint: string | undefined
  readonly retry: Retry

  constructor(facts: ErrorFacts) {
    super(sentence(facts), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = facts.code
    this.what = facts.what
    this.where = facts.where
    this.hint = facts.hint
    this.retry = facts.retry ?? 'never'
  }
}

/** By its name: a user's module that is CommonJS brings a copy of this class with it. */
export function isMillraceError(error: unknown, code?: string): error is MillraceError {
  if (!(error instanceof Error) || error.name !== 'MillraceError' || !('code' in error))
    return false
  return code === undefined || error.code === code
}

/** Turns whatever was thrown into an Error, keeping an Error as it is. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(textOf(thrown), { cause: thrown })
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something that has no text'
  }
}

function sentence({ what, where, hint }: ErrorFacts): string {
  const said = `${what}${where ? ` (${where})` : ''}`
  // A list of several lines is over by itself.
  return hint ? `${said}${said.endsWith('\n') ? '' : '. '}${hint}` : said
}
