// The admin API of a host that was asked nothing yet. What answers is a third of what a host is made of,
// and no task waits for it: it is loaded by the first question, or by itself when the start is over. Not
// later, for the package may be replaced under a host that runs, which is to be asked all the same.

import type { Cancel, Clock } from '#protocols/core/clock'

/** As much of an application as who serves it needs. */
export interface Answering {
  fetch(request: Request): Response | Promise<Response>
}

export interface LateApp extends Answering {
  /** It is loaded only by a question from then on. */
  close(): void
}

const LOAD_AFTER_MS = 1000

/** @param load is called once, and again where it failed */
export function lateApp(clock: Clock, load: () => Promise<Answering>): LateApp {
  let loading: Promise<Answering> | null = null
  const loaded = (): Promise<Answering> => {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }
  // Who asks is told what was wrong.
  const cancel: Cancel = clock.after(LOAD_AFTER_MS, () => void loaded().catch(() => {}))
  return {
    fetch: async (request) => (await loaded()).fetch(request),
    close: cancel,
  }
}
