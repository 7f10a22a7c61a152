// Events of a life become lines with their code.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LOG_LEVELS, type LogLevel } from '#protocols/core/log'
import { type ActorLevel, leveled, over, pinoLogger } from '#runtime/telemetry/pino-logger'

test('a line has its level, its code, its facts and a sentence', () => {
  const lines: unknown[] = []
  const at = (level: string) => (facts: object, message: string) =>
    lines.push([level, facts, message])
  const methods = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  // Only called as below.
  const log = over(methods as unknown as Parameters<typeof over>[0])
  log.log('info', 'TASK_STARTED', 'it runs', { task: 'a' })
  log.log('error', 'SYSTEM_FAILED', 'it ends')
  assert.equal(lines, [
    ['info', { code: 'TASK_STARTED', task: 'a' }, 'it runs'],
    ['error', { code: 'SYSTEM_FAILED' }, 'it ends'],
  ])
})

/** What is written of one line of each level, said of an actor and a task. */
function written(actors: readonly ActorLevel[], facts: object): string[] {
  const lines: string[] = []
  const at = (level: string) => () => void lines.push(level)
  const pino = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    level: '',
  }
  // Only called as above.
  const log = leveled(pino as unknown as Parameters<typeof leveled>[0], 'warn')
  log.levels = { level: 'warn', actors }
  for (const level of LOG_LEVELS) log.log(level, 'X', 'x', { ...facts })
  // What pino would keep by itself.
  return lines.filter((level) => rank(level) >= rank(pino.level))
}

const rank = (level: string): number => LOG_LEVELS.indexOf(level as LogLevel) // it is one

test('actors with a level of their own say more or less than the others', () => {
  const actors = [
    { actor: 't/a', level: 'debug' },
    { actor: 't/a/1', level: 'error' },
  ] as const
  const of = (facts: object): string => written(actors, facts).join(' ')
  assert.is(of({ actor: 'one/worker-0/worker/t:a:0' }), 'debug info warn error')
  assert.is(of({ task: 't/a/0', actor: 'one/worker-0/worker' }), 'debug info warn error')
  assert.is(of({ actor: 'one/worker-0/worker/t:a:1' }), 'error')
  assert.is(of({ actor: 'one/worker-0/worker/t:b:0', task: 7 }), 'warn error')
  assert.is(of({}), 'warn error')
  assert.equal(written([], { actor: 't:a:0' }), ['warn', 'error'])
})

test('the levels of the port are those of pino', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) assert.ok(pinoLogger(level))
})

test.run()
