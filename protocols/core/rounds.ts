// Chores that come round: one after the other, each a while after the one before has ended.

import type { Cancel, Clock } from './clock.ts'

/** What a round may ask while it lasts. */
export interface Round {
  /** Whether nobody wants it any more. */
  isStopped(): boolean
  /** Resolves after so long, ms, or when nobody wants the round any more. */
  rest(ms: number): Promise<void>
}

/**
 * Runs rounds on the clock until the returned function is called, which resolves when the last one ended.
 * @param round must not reject
 */
export function inRounds(
  clock: Clock,
  everyMs: number,
  round: (round: Round) => Promise<void>,
): () => Promise<void> {
  let cancel: Cancel = () => {}
  let isStopped = false
  let wake: () => void = () => {}
  let running: Promise<void> = Promise.resolve()
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (isStopped) return resolve()
      wake = resolve
      cancel = clock.after(ms, resolve)
    })
  const run = async (): Promise<void> => {
    await round({ isStopped: () => isStopped, rest })
    if (!isStopped) arm()
  }
  const arm = (): void => {
    cancel = clock.after(everyMs, () => {
      running = run()
    })
  }
  arm()
  return () => {
    isStopped = true
    cancel()
    wake()
    return running
  }
}
