// millrace log-level: how much running hosts say in their logs, read and set without a restart.

import type { Command } from 'commander'
import { LOG_LEVELS } from '#protocols/core/log'
import { askAdmin } from '../admin/admin-client.ts'
import type { LogLevelDocument } from '../admin/documents.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { oneOf, optionInvalid } from './options.ts'
import { printJson, printNote, printTable } from './print.ts'
import { findHost, withHost } from './target.ts'
import { markPartial, notesOn } from './watch.ts'

/** Of actors: none of their own. */
const UNSET = 'unset'

const EXAMPLES = `
Levels: ${LOG_LEVELS.join(', ')}. It holds for the main thread and the worker threads, until the host ends:
one that starts again has the level of its manifest. A program that brought a logger of its own sets its level.

With --actor it is the level of some actors, whatever that of their host is, until it is ${UNSET}: named by the id of
a task, by a path or a part of it, or by a pattern, and with all that are below them.

It needs no --yes: no work moves or stops, nothing is lost, and the way back is the same command. Who set it is an
event, with the --reason.

Examples:
  millrace log-level                          what it is, and what it was at the start
  millrace log-level debug --host one
  millrace log-level warn --reason 'seen enough'
  millrace log-level debug --actor wordcount/counts/2
  millrace log-level error --actor wordcount/lines         all tasks of a sub-topology
  millrace log-level ${UNSET} --actor wordcount/lines`

export function addLogLevel(program: Command): void {
  withReason(withHost(program.command('log-level')))
    .argument('[level]', `${LOG_LEVELS.join(', ')}; with --actor also ${UNSET}`)
    .description('show or set the level of the logs of running hosts, or of some actors')
    .option('--actor <actor>', 'of these actors alone: id of a task, path, or a pattern')
    .addHelpText('after', EXAMPLES)
    .action(logLevel)
}

interface LevelOptions extends DeedOptions {
  readonly actor?: string
}

async function logLevel(said: string | undefined, options: LevelOptions): Promise<void> {
  const { host, actor } = options
  if (said === undefined && actor !== undefined)
    throw optionInvalid('--actor takes a level as well')
  const choices = actor === undefined ? LOG_LEVELS : ([...LOG_LEVELS, UNSET] as const)
  const level = said === undefined ? null : oneOf('log-level', said, choices)
  const { door } = await findHost(options)
  const only = host === undefined ? '' : `?host=${encodeURIComponent(host)}`
  const document =
    level === null
      ? await askAdmin<LogLevelDocument>(door, `/v1/log-level${only}`)
      : await askAdmin<LogLevelDocument>(door, '/v1/log-level', {
          ...{ level: level === UNSET ? null : level, actor, ...signature(options) },
          ...(host === undefined ? {} : { host }),
        })
  if (options.json) printJson(document)
  else {
    const rows = document.hosts.flatMap((it) => [
      [it.host, '*', it.level, it.initial],
      ...(it.actors ?? []).map((own) => [it.host, own.actor, own.level, '-']),
    ])
    await printTable(['HOST', 'ACTOR', 'LEVEL', 'AT ITS START'], rows)
    for (const note of notesOn(document)) printNote(note)
  }
  markPartial(document)
}
