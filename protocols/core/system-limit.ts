// What the system refuses a process because of a limit somebody set: files it may have open, memory and
// addresses it may have. It comes up wherever a file is opened, so it is told here, once, in the same words.

import { MillraceError } from './errors.ts'

/** As Node and as the system itself call them. */
const FILES: readonly unknown[] = ['EMFILE', 'ENFILE', 24, 23]
const MEMORY: readonly unknown[] = ['ENOMEM', 12]

/**
 * FILES_EXHAUSTED or MEMORY_EXHAUSTED where that is what was thrown, else null. Both are weather: what others give
 * back may be enough.
 * @param place what was to be opened
 */
export function systemLimit(thrown: unknown, place?: string): MillraceError | null {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null
  const facts = FILES.includes(code) ? NO_FILES : MEMORY.includes(code) ? NO_MEMORY : null
  return facts && new MillraceError({ ...facts, where: place, retry: 'later', cause: thrown })
}

const NO_FILES = {
  code: 'FILES_EXHAUSTED',
  what: 'this process may have no more files open',
  hint: 'Raise its limit to 4096 or more and start it again: ulimit -n, or LimitNOFILE= of a service; each task with a store has some open',
}

const NO_MEMORY = {
  code: 'MEMORY_EXHAUSTED',
  what: 'the system gives this process no more memory, or no more addresses',
  hint: 'Set no ulimit -v: files are mapped into 320 GiB of addresses for a log and 20 GiB for each store, which take no memory. Else give it more memory',
}
