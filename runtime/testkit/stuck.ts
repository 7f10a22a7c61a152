// What a test is told when it waits for something that cannot come: everything that could run has run,
// and what would go on is a timer, or nobody.

import type { TaskFacts } from '#actors/host/messages'
import { MillraceError } from '#protocols/core/errors'

export interface Standstill {
  /** What was asked of the testkit, as the test wrote it. */
  readonly what: string
  /** To the first of the armed timers, ms; null when none is armed. */
  readonly nextTimerMs: number | null
  readonly timers: number
  /** Null when nobody could be asked. */
  readonly tasks: readonly TaskFacts[] | null
}

export function stuck({ what, nextTimerMs, timers, tasks }: Standstill): MillraceError {
  const troubled = (tasks ?? []).filter(({ state }) => !state.startsWith('running'))
  const waits = [
    ...troubled.map(({ id, state, error }) => {
      return `task ${id} is ${state}${error === null ? '' : ` (${error.what})`}`
    }),
    tasks === null ? 'no host answers' : tasks.length === 0 ? 'no task runs' : [],
    nextTimerMs === null
      ? 'no timer is armed'
      : `${timers} ${timers === 1 ? 'timer is' : 'timers are'} armed, the first due in ${nextTimerMs} ms`,
  ].flat()
  return new MillraceError({
    code: 'TEST_STUCK',
    what: `${what} waits, and nothing can run any more: ${waits.join('; ')}`,
    hint:
      nextTimerMs === null
        ? 'Start a host, or mend what the task says'
        : `Move the clock where time is what it waits for: t.advance(${nextTimerMs})`,
  })
}

export const neverSettles = (runs: number): MillraceError =>
  new MillraceError({
    code: 'TEST_NEVER_SETTLES',
    what: `after ${runs} pieces of work there is still more, and no time has passed`,
    hint: 'Look for a topic that a topology both reads and writes, or actors that answer each other',
  })
