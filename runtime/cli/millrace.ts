#!/usr/bin/env node
// The `millrace` command. Commands are one file each; only the one that is said is loaded, and it loads
// what it needs when it runs, so that an answer does not wait for what has no part in it.
//
// Exit codes: 0 done, 1 it failed, 2 it was asked wrongly, 3 not well (status, errors and alerts
// --exit-code, lag --max, doctor), 4 no answer in time, 5 done or answered in part (hosts did not
// answer), 130 interrupted twice. Errors go to standard error; with --json as {"error": {"code", ...}}.

import process from 'node:process'
import { Command } from 'commander'
import { factsOf } from '#protocols/core/error-facts'
import { type ErrorFacts, isMillraceError, MillraceError } from '#protocols/core/errors'
import { systemLimit } from '#protocols/core/system-limit'
import { version } from '../process/version.ts'
import { commandsFor } from './commands.ts'

const USAGE = new Set([
  ...['SERDE_UNKNOWN', 'VALUE_UNREADABLE', 'OPTION_INVALID', 'BROKER_UNKNOWN'],
  ...['BROKER_UNNAMED', 'APPLICATION_UNNAMED', 'USAGE', 'CONTEXT_UNKNOWN'],
  ...['MANIFEST_MISSING', 'MANIFEST_INVALID', 'DURATION_INVALID', 'TOPIC_INVALID'],
])
const LATE = new Set([
  ...['REQUEST_TIMEOUT', 'ASK_TIMEOUT'],
  ...['TASK_AWAY', 'STORE_BEHIND', 'STANDBY_BEHIND', 'GLOBAL_UNREADY'],
])

const EXAMPLES = `
Examples:
  millrace host millrace.yaml                 run what the manifest names
  millrace produce lines < book.txt           one record per line
  millrace consume word-counts --from-beginning --key string --value int64
  millrace query counts whale                 ask the store, wherever the key is
  millrace status                             hosts, tasks, lag
  millrace top                                the same and more, live

Commands that speak to a broker or a host find them through --broker or --manifest, else --context, else
MILLRACE_BROKER, else MILLRACE_CONTEXT, else ./millrace.yaml, else the context in use (millrace context
--help). Every command prints JSON with --json.

Exit codes: 0 done, 1 failed, 2 asked wrongly or not agreed to, 3 not well, 4 no answer in time, 5 in part: some
hosts did not answer, or some tasks were not told.`

async function main(): Promise<void> {
  const program = new Command('millrace')
    .description(
      'Actor-model stream processor: topologies, exactly once, nothing to install besides Node.',
    )
    .version(version(), '-V, --version')
    .helpCommand(true)
    .showSuggestionAfterError(true)
    .showHelpAfterError(isJson() ? false : '(millrace --help lists the commands)')
    .addHelpText('after', EXAMPLES)
    .configureOutput({ outputError: (text, write) => (isJson() ? fail(usage(text)) : write(text)) })
    .exitOverride()
  for (const add of await commandsFor(process.argv.slice(2))) add(program)
  if (!isJson()) pointToHelp(program.commands, 'millrace')
  if (process.argv.length <= 2) return program.outputHelp()
  await program.parseAsync()
}

/** Whoever says a command wrongly is shown where the help of that one is. */
function pointToHelp(commands: readonly Command[], before: string): void {
  for (const command of commands) {
    const said = `${before} ${command.name()}`
    command.showHelpAfterError(`(${said} --help shows what it takes)`)
    pointToHelp(command.commands, said)
  }
}

// A reader that went away (`| head`) is no failure; a disk that is full is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  fail(unwritten(error))
  process.exit(1)
})
// Who does not listen to notes and errors changes nothing of what is done.
process.stderr.on('error', () => {})

try {
  await main()
} catch (thrown) {
  // What failed waits for nobody: a client of NATS, say, keeps the connection to a server that says nothing.
  process.exit(exitCode(thrown))
}

function exitCode(thrown: unknown): number {
  // Commander has said what it had to say already.
  if (thrown instanceof Error && 'exitCode' in thrown) return thrown.exitCode === 0 ? 0 : 2
  fail(thrown)
  const { code } = factsOf(thrown)
  return USAGE.has(code) ? 2 : LATE.has(code) ? 4 : 1
}

function fail(thrown: unknown): void {
  const error = systemLimit(thrown) ?? thrown
  const facts = factsOf(error)
  process.stderr.write(`${isJson() ? JSON.stringify({ error: facts }) : text(facts, error)}\n`)
}

function text(facts: ErrorFacts, thrown: unknown): string {
  const line = `millrace: ${isMillraceError(thrown) ? thrown.message : facts.what} [${facts.code}]`
  const isBug = !isMillraceError(thrown) && thrown instanceof Error
  return isBug && process.env['MILLRACE_DEBUG'] ? `${line}\n${thrown.stack}` : line
}

function isJson(): boolean {
  return process.argv.includes('--json')
}

const unwritten = ({ message }: Error): MillraceError =>
  new MillraceError({
    code: 'OUTPUT_UNWRITABLE',
    what: `the answer cannot be written to standard output: ${message}`,
    hint: 'It is not complete; a deed that was asked for is done all the same',
  })

function usage(text: string): MillraceError {
  const what = text.replace(/^error: /, '').trim()
  return new MillraceError({ code: 'USAGE', what })
}
