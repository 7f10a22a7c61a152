// millrace log-level: how much running hosts say in their logs, read and set without a restart.

import process from 'node:process'
import type { Command } from 'commander'
import { LOG_LEVELS } from '#protocols/core/log'
import { askAdmin } from '../admin/admin-client.ts'
import type { LogLevelDocument } from '../admin/documents.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { oneOf } from './options.ts'
import { printJson, printNote, printTable } from './print.ts'
import { findHost, withHost } from './target.ts'
import { notesOn } from './watch.ts'

const EXAMPLES = `
Levels: ${LOG_LEVELS.join(', ')}. It holds for the main thread and the worker threads, until the host ends:
one that starts again has the level of its manifest. A program that brought a logger of its own sets its level.

Examples:
  millrace log-level                          what it is, and what it was at the start
  millrace log-level debug --host one
  millrace log-level warn --reason 'seen enough'`

export function addLogLevel(program: Command): void {
  withReason(withHost(program.command('log-level')))
    .argument('[level]', LOG_LEVELS.join(', '))
    .description('show or set the level of the logs of running hosts: all, or one with --host')
    .addHelpText('after', EXAMPLES)
    .action(logLevel)
}

async function logLevel(said: string | undefined, options: DeedOptions): Promise<void> {
  const level = said === undefined ? null : oneOf('log-level', said, LOG_LEVELS)
  const { door } = await findHost(options)
  const { host } = options
  const only = host === undefined ? '' : `?host=${encodeURIComponent(host)}`
  const document =
    level === null
      ? await askAdmin<LogLevelDocument>(door, `/v1/log-level${only}`)
      : await askAdmin<LogLevelDocument>(door, '/v1/log-level', {
          ...{ level, ...signature(options) },
          ...(host === undefined ? {} : { host }),
        })
  if (options.json) printJson(document)
  else {
    const rows = document.hosts.map((it) => [it.host, it.level, it.initial])
    await printTable(['HOST', 'LEVEL', 'AT ITS START'], rows)
    for (const note of notesOn(document)) printNote(note)
  }
  if (level !== null && document.unanswered.length > 0) process.exitCode = 1
}
