// Chores that come round: one after the other, each a while after the one before has ended.

import type { Cancel, Clock } from './clock.ts'

/**
 * Runs rounds on the clock until the returned function is called, which resolves when the last one ended.
 * @param round must not reject; `isStopped` tells it that nobody wants it any more
 */
export function inRounds(
  clock: Clock,
  everyMs: number,
  round: (isStopped: () => boolean) => Promise<void>,
): () => Promise<void> {
  let cancel: Cancel = () => {}
  let isStopped = false
  let running: Promise<void> = Promise.resolve()
  const run = async (): Promise<void> => {
    await round(() => isStopped)
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
    return running
  }
}
