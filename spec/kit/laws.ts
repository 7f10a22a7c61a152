// uvu as the runner sees it: the same `test` and `suite`, which also say on file descriptor 3 what was
// declared, what held and what was skipped, one JSON line each, at once, so that nothing is lost when
// a process ends without warning. compile-specs.ts puts this in the place of 'uvu'. Without it, a spec
// runs on plain uvu and means the same.

import { writeSync } from 'node:fs'
import { type Callback, type Context, type Test, suite as uvuSuite } from 'uvu'

/** What a spec process says to the runner. */
export interface LawEvent {
  readonly what: 'declared' | 'passed' | 'failed' | 'skipped'
  readonly title: string
  readonly ms?: number
}

const REPORT_FD = 3

export function suite<T = Context>(name?: string, state?: T): Test<T> {
  const inner = uvuSuite<T>(name, state)
  const titled = (title: string): string => (name === undefined ? title : `${name}: ${title}`)
  const declare = (title: string, law: Callback<T>): void => inner(title, watch(titled(title), law))
  return Object.assign(declare, {
    only: (title: string, law: Callback<T>) => inner.only(title, watch(titled(title), law)),
    skip(title = 'a law without a title') {
      say({ what: 'skipped', title: titled(title) })
      inner.skip()
    },
    before: inner.before,
    after: inner.after,
    run: inner.run,
  })
}

export const test = suite()

/** The same law, which says how it ended. */
function watch<T>(title: string, law: Callback<T>): Callback<T> {
  say({ what: 'declared', title })
  return async (context) => {
    const start = performance.now()
    let what: 'passed' | 'failed' = 'failed'
    try {
      await law(context)
      what = 'passed'
    } finally {
      say({ what, title, ms: Math.round(performance.now() - start) })
    }
  }
}

function say(event: LawEvent): void {
  writeSync(REPORT_FD, `${JSON.stringify(event)}\n`)
}
