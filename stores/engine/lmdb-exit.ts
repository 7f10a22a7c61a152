// `process.exit`, and an error that nobody caught, wait for the write threads of LMDB; one that waits for
// this thread to run the bodies of its transaction would wait for ever, for nothing runs here any more. So
// a process that ends in the middle of such a write ends by a signal: nothing of the write is there, as
// nothing is of any write whose process was killed.

import { constants } from 'node:os'
import process from 'node:process'
import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'

/** Those that a process may end with when somebody asked it to; its code is 128 and their number. */
const ASKED = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

const awaited = new Set<object>()

/** Says that a write thread waits for this one, until the result is called. (Node ends the writes of other threads.) */
export function awaitedByWrite(): () => void {
  const write = {}
  awaited.add(write)
  return () => awaited.delete(write)
}

if (isMainThread) {
  // Node says what nobody caught after `exit`, which is too late here.
  let uncaught: { readonly error: unknown } | null = null
  process.on('uncaughtExceptionMonitor', (error) => {
    const isCaught =
      process.listenerCount('uncaughtException') > 0 ||
      process.hasUncaughtExceptionCaptureCallback()
    uncaught = isCaught ? null : { error }
  })
  process.on('exit', (code) => {
    if (awaited.size === 0) return
    // A shell cannot tell the end by a signal from the exit code that says it.
    const asked = ASKED.find((name) => constants.signals[name] === code - 128)
    if (uncaught !== null) say(inspect(uncaught.error))
    if (asked === undefined) say(cutOff(code))
    const signal = asked ?? 'SIGKILL'
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Or who sees SIGKILL looks for who sent it. */
const cutOff = (code: number): string =>
  `The process ends by SIGKILL, in the place of exit code ${code}: a write to a data directory was under way, ` +
  'and is lost. Close hosts and clients before the process ends. [WRITE_CUT_OFF]'
