// Events of a life become lines with their code.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { over, pinoLogger } from '#runtime/telemetry/pino-logger'

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

test('the levels of the port are those of pino', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) assert.ok(pinoLogger(level))
})

test.run()
