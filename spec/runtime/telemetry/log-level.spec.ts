// The level of a host's log: heard by its threads, and by those of no other host.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { followLogLevel, HostLogLevel } from '#runtime/telemetry/log-level'
import { type LeveledLogger, type LogLevels, pinoLogger } from '#runtime/telemetry/pino-logger'
import { within } from '../../kit/within.ts'

/** A logger that says when its level is set. */
function hearing(): { lines: LeveledLogger; heard: Promise<LogLevels> } {
  let tell: (levels: LogLevels) => void = () => {}
  const heard = new Promise<LogLevels>((resolve) => {
    tell = resolve
  })
  const lines: LeveledLogger = {
    log() {},
    get levels(): LogLevels {
      return { level: 'error', actors: [] }
    },
    set levels(levels: LogLevels) {
      tell(levels)
    },
  }
  return { lines, heard }
}

test('what is set is the level from then on, and what it was at the start is remembered', () => {
  const level = new HostLogLevel(pinoLogger('error'), { application: 'app', host: 'one' })
  assert.equal([level.initial, level.now], ['error', { level: 'error', actors: [] }])
  level.set('debug')
  assert.equal([level.initial, level.now], ['error', { level: 'debug', actors: [] }])
  level.close()
})

test('actors have a level of their own until it is taken back, whatever the host is set to', () => {
  const level = new HostLogLevel(pinoLogger('error'), { application: 'app', host: 'one' })
  level.setActor('t/a', 'debug')
  level.setActor('t/b', 'warn')
  level.setActor('t/a', 'info')
  level.set('warn')
  const b = { actor: 't/b', level: 'warn' }
  assert.equal(level.now, { level: 'warn', actors: [b, { actor: 't/a', level: 'info' }] })
  level.setActor('t/a', null)
  assert.equal(level.now, { level: 'warn', actors: [b] })
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
  assert.equal(await within(10_000, 'one hears', one.heard), { level: 'debug', actors: [] })
  // The first thing that two hears is its own.
  twos.set('warn')
  assert.equal(await within(10_000, 'two hears', two.heard), { level: 'warn', actors: [] })
  for (const stop of stops) stop()
  ones.close()
  twos.close()
})

test.run()
