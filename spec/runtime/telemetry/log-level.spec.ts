// The level of a host's log: heard by its threads, and by those of no other host.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogLevel } from '#protocols/core/log'
import { followLogLevel, HostLogLevel } from '#runtime/telemetry/log-level'
import { type LeveledLogger, pinoLogger } from '#runtime/telemetry/pino-logger'
import { within } from '../../kit/within.ts'

/** A logger that says when its level is set. */
function hearing(): { lines: LeveledLogger; heard: Promise<LogLevel> } {
  let tell: (level: LogLevel) => void = () => {}
  const heard = new Promise<LogLevel>((resolve) => {
    tell = resolve
  })
  const lines: LeveledLogger = {
    log() {},
    get level(): LogLevel {
      return 'error'
    },
    set level(level: LogLevel) {
      tell(level)
    },
  }
  return { lines, heard }
}

test('what is set is the level from then on, and what it was at the start is remembered', () => {
  const level = new HostLogLevel(pinoLogger('error'), { application: 'app', host: 'one' })
  assert.equal([level.initial, level.now], ['error', 'error'])
  level.set('debug')
  assert.equal([level.initial, level.now], ['error', 'debug'])
  level.close()
})

test('threads of the host hear it, those of another host of the process do not', async () => {
  const [one, two] = [hearing(), hearing()]
  const stops = [
    followLogLevel(one.lines, { application: 'app', host: 'one' }),
    followLogLevel(two.lines, { application: 'app', host: 'two' }),
  ]
  const ones = new HostLogLevel(pinoLogger('error'), { application: 'app', host: 'one' })
  const twos = new HostLogLevel(pinoLogger('error'), { application: 'app', host: 'two' })
  ones.set('debug')
  assert.is(await within(10_000, 'one hears', one.heard), 'debug')
  // The first thing that two hears is its own.
  twos.set('warn')
  assert.is(await within(10_000, 'two hears', two.heard), 'warn')
  for (const stop of stops) stop()
  ones.close()
  twos.close()
})

test.run()
