// Waiting with an end. Nothing here rejects: what came of the wait is the answer.

import type { Clock } from '#protocols/core/clock'
import { asError } from '#protocols/core/errors'

export type Outcome = 'done' | 'late' | Error

/** Runs `work` and waits for it, but no longer than `ms`; what it throws is the outcome. */
export function settle(
  clock: Clock,
  ms: number,
  work: () => Promise<void> | void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve('late'))
    const finish = (outcome: Outcome): void => {
      cancel()
      resolve(outcome)
    }
    try {
      const running = work()
      if (running === undefined) return finish('done')
      running.then(
        () => finish('done'),
        (thrown) => finish(asError(thrown)),
      )
    } catch (thrown) {
      finish(asError(thrown))
    }
  })
}
