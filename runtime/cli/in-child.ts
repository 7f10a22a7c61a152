// Runs a module in a process of its own and takes what it answers: for work that may end the process
// it runs in, such as reading a damaged file through a memory map. The module sends one message at its end,
// `{ value }`, or `{ error }` with the facts of what it threw; and before that how far it is, if it can say.

import { fork } from 'node:child_process'
import { type ErrorFacts, MillraceError } from '#protocols/core/errors'

export type ChildAnswer = { readonly value: unknown } | { readonly error: ErrorFacts }

export interface ChildProgress {
  readonly progress: { readonly done: number; readonly whole: number }
}

/**
 * @throws MillraceError CHILD_CRASHED when it ended without an answer; what it answered as an error
 */
export async function inChild<T>(
  module: URL,
  args: readonly string[],
  onProgress: (done: number, whole: number) => void = () => {},
): Promise<T> {
  // Whatever it writes is said by this process, or not at all.
  const child = fork(module, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += String(chunk)
  })
  const answer = await new Promise<ChildAnswer>((resolve, reject) => {
    child.on('message', (said) => {
      const message = said as ChildAnswer | ChildProgress // as promised above
      if ('progress' in message) onProgress(message.progress.done, message.progress.whole)
      else resolve(message)
    })
    child.once('error', (error) => reject(crashed(error.message)))
    child.once('close', (code, signal) => {
      const last = said.trim().split('\n').at(-1) ?? ''
      reject(crashed(`${signal ?? `code ${code}`}${last === '' ? '' : `: ${last}`}`))
    })
  })
  if ('error' in answer) throw new MillraceError(answer.error)
  return answer.value as T // the caller knows the module
}

const crashed = (how: string): MillraceError =>
  new MillraceError({ code: 'CHILD_CRASHED', what: `the process that did it ended by ${how}` })
