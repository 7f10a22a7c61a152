// Events of a life become lines with their code.

import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { over } from '#runtime/telemetry/pino-logger'

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

test('lines from the level on are written, and the level counts as of now', () => {
  const module = JSON.stringify(import.meta.resolve('#runtime/telemetry/pino-logger'))
  const { stderr } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module'], {
    encoding: 'utf8',
    input: `import { pinoLogger } from ${module}
      const lines = pinoLogger('warn', { worker: 1 })
      for (const level of ['debug', 'info', 'warn', 'error']) lines.log(level, level, 'first')
      lines.level = 'debug'
      for (const level of ['debug', 'info', 'warn', 'error']) lines.log(level, level, 'second')
      lines.level = 'error'
      lines.log('warn', 'warn', 'third')`,
  })
  const written = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(
    written.map(({ level, code, worker, msg }) => [level, code, worker, msg]),
    [
      ...[
        [40, 'warn', 1, 'first'],
        [50, 'error', 1, 'first'],
      ],
      ...[
        [20, 'debug', 1, 'second'],
        [30, 'info', 1, 'second'],
      ],
      ...[
        [40, 'warn', 1, 'second'],
        [50, 'error', 1, 'second'],
      ],
    ],
  )
})

test('who writes no line has not loaded what writes lines', () => {
  const module = JSON.stringify(import.meta.resolve('#runtime/telemetry/pino-logger'))
  const { stdout } = spawnSync(process.execPath, [...process.execArgv, '--input-type=module'], {
    encoding: 'utf8',
    input: `import { createRequire } from 'node:module'
      import { pinoLogger } from ${module}
      pinoLogger('warn').log('info', 'CODE', 'not written')
      const { cache } = createRequire(${JSON.stringify(import.meta.url)})
      console.log(Object.keys(cache).filter((path) => path.includes('/pino/')).length)`,
  })
  assert.is(stdout.trim(), '0')
})

test.run()
