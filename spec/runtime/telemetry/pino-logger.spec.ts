// Events of a life become lines with their code.

import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LOG_LEVELS } from '#protocols/core/log'
import { type ActorLevel, leveled, over } from '#runtime/telemetry/pino-logger'

const FLAGS = ['--import', 'tsx', '--conditions=source', '--input-type=module']
const MODULE = JSON.stringify(
  new URL('../../../runtime/telemetry/pino-logger.ts', import.meta.url).href,
)

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
  const { stderr } = spawnSync(process.execPath, FLAGS, {
    encoding: 'utf8',
    input: `import { pinoLogger } from ${MODULE}
      const lines = pinoLogger('warn', { worker: 1 })
      for (const level of ['debug', 'info', 'warn', 'error']) lines.log(level, level, 'first')
      lines.levels = { level: 'debug', actors: [] }
      for (const level of ['debug', 'info', 'warn', 'error']) lines.log(level, level, 'second')
      lines.levels = { level: 'error', actors: [] }
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
  const { stdout } = spawnSync(process.execPath, FLAGS, {
    encoding: 'utf8',
    input: `import { createRequire } from 'node:module'
      import { pinoLogger } from ${MODULE}
      pinoLogger('warn').log('info', 'CODE', 'not written')
      const { cache } = createRequire(${JSON.stringify(import.meta.url)})
      console.log(Object.keys(cache).filter((path) => path.includes('/pino/')).length)`,
  })
  assert.is(stdout.trim(), '0')
})

/** What is written of one line of each level, said of an actor and a task. */
function written(actors: readonly ActorLevel[], facts: object): string[] {
  const lines: string[] = []
  const log = leveled({ log: (level) => lines.push(level) }, 'warn')
  log.levels = { level: 'warn', actors }
  for (const level of LOG_LEVELS) log.log(level, 'X', 'x', { ...facts })
  return lines
}

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

test.run()
