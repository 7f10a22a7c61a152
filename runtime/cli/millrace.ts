#!/usr/bin/env node
// The `millrace` command. Commands are one file each and load what they need when they run, so that
// `--help` answers at once.
//
// Exit codes: 0 done, 1 it failed, 2 it was asked wrongly, 3 not well (with --exit-code), 4 no answer in time.

import process from 'node:process'
import { Command } from 'commander'
import { asError, isMillraceError } from '#protocols/core/errors'
import { addConsume } from './consume.ts'
import { addHost } from './host.ts'
import { addLog } from './log.ts'
import { addProduce } from './produce.ts'
import { addQuery } from './query.ts'
import { addStatus } from './status.ts'
import { addTasks } from './tasks.ts'
import { addTopics } from './topics.ts'
import { addTree } from './tree.ts'
import { version } from './version.ts'

const USAGE = new Set(['SERDE_UNKNOWN', 'VALUE_UNREADABLE', 'OPTION_INVALID', 'BROKER_UNKNOWN'])

const EXAMPLES = `
Examples:
  millrace host millrace.yaml                 run what the manifest names
  millrace produce lines < book.txt           one record per line
  millrace consume word-counts --from-beginning --key string --value int64
  millrace query counts whale                 ask the store, wherever the key is
  millrace status                             hosts, tasks, lag

Commands that speak to a broker or a host find them through --broker, MILLRACE_BROKER, or the
manifest (--manifest, ./millrace.yaml). Every command prints JSON with --json.`

const program = new Command('millrace')
  .description(
    'Actor-model stream processor: topologies, exactly once, nothing to install besides Node.',
  )
  .version(version(), '-V, --version')
  .helpCommand(true)
  .showSuggestionAfterError(true)
  .showHelpAfterError('(millrace --help lists the commands)')
  .addHelpText('after', EXAMPLES)
  .exitOverride()

for (const add of [
  addHost,
  addTopics,
  addProduce,
  addConsume,
  addQuery,
  addStatus,
  addTasks,
  addTree,
  addLog,
]) {
  add(program)
}

// A reader that went away (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

try {
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = exitCode(thrown)
}

function exitCode(thrown: unknown): number {
  const error = asError(thrown)
  // Commander has said what it had to say already.
  if ('exitCode' in error && typeof error.exitCode === 'number') {
    return error.exitCode === 0 ? 0 : 2
  }
  const asked = process.argv.includes('--json')
  const code = isMillraceError(error) ? error.code : 'INTERNAL'
  if (asked)
    process.stderr.write(`${JSON.stringify({ error: { code, message: error.message } })}\n`)
  else process.stderr.write(`millrace: ${error.message} [${code}]\n`)
  if (!isMillraceError(error) && process.env['MILLRACE_DEBUG']) console.error(error)
  return USAGE.has(code) ? 2 : code === 'REQUEST_TIMEOUT' || code === 'ASK_TIMEOUT' ? 4 : 1
}
