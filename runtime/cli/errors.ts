// millrace errors: what is wrong now, as hosts tell it, and what went wrong lately, as the broker keeps
// it. Where no host runs the second part is there all the same.

import process from 'node:process'
import type { Command } from 'commander'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type {
  ErrorsDocument,
  ErrorsNow,
  QuarantineDocument,
  TasksDocument,
} from '../admin/documents.ts'
import { shown } from '../admin/values.ts'
import { filterOf } from './events.ts'
import { age, printJson, printLine, tableLines } from './print.ts'
import { findHost, type TargetOptions, withGroup, withHost } from './target.ts'
import { markPartial } from './watch.ts'

interface ErrorsOptions extends TargetOptions {
  readonly since: string
  readonly exitCode?: boolean
}

const EXAMPLES = `
What went wrong lately are the warnings and errors of millrace events: the like with the like, those whose
text differs in numbers alone, and how often they came.

Examples:
  millrace errors
  millrace errors --since 7d
  millrace errors --exit-code             exits with 3 while something is wrong now
  millrace errors --json`

export function addErrors(program: Command): void {
  withHost(program.command('errors'))
    .description('what is wrong now, and what went wrong lately')
    .option('--since <duration>', 'lately: not longer ago than', '1d')
    .option('--exit-code', 'exit with 3 when something is wrong now')
    .addHelpText('after', EXAMPLES)
    .action(errors)
}

async function errors(options: ErrorsOptions): Promise<void> {
  const now = Date.now()
  const filter = filterOf(options, now)
  const [{ readEvents }, { failuresIn }] = await Promise.all([
    import('../events/read-events.ts'),
    import('../events/failures.ts'),
  ])
  const past = await withGroup(options, async ({ application }, broker) => {
    return { application, lately: failuresIn(await readEvents(broker, application, filter)) }
  })
  const document: ErrorsDocument = { ...past, now: await wrongNow(options, past.application) }
  if (options.json) printJson(document)
  else for (const line of await errorsLines(document, now)) printLine(line)
  markPartial({ unanswered: document.now?.hosts ?? [] })
  if (options.exitCode && isWrong(document)) process.exitCode = 3
}

/** Null when no host answers. */
async function wrongNow(options: TargetOptions, app: string): Promise<ErrorsNow | null> {
  try {
    const { door } = await findHost({ ...options, app })
    const [{ tasks, standbys, unanswered }, { keys }] = await Promise.all([
      askAdmin<TasksDocument>(door, '/v1/tasks'),
      askAdmin<QuarantineDocument>(door, '/v1/quarantine'),
    ])
    const failing = [...tasks, ...standbys].filter(
      ({ state, error }) => error !== null || state === 'quarantined',
    )
    return { hosts: unanswered, tasks: failing, keys }
  } catch (thrown) {
    if (isMillraceError(thrown, 'HOST_AWAY')) return null
    throw thrown
  }
}

/** Nobody who answers is wrong as well. */
export const isWrong = ({ now }: ErrorsDocument): boolean =>
  now === null || now.hosts.length + now.tasks.length + now.keys.length > 0

export async function errorsLines(
  { application, now, lately }: ErrorsDocument,
  nowMs: number,
): Promise<readonly string[]> {
  const rows = now === null ? [] : rowsOf(now)
  return [
    now === null
      ? `${application}: no host answers`
      : `${application}: ${rows.length === 0 ? 'nothing is wrong now' : `${rows.length} wrong now`}`,
    ...(rows.length === 0 ? [] : await tableLines(['WHERE', 'STATE', 'ERROR'], rows)),
    '',
    ...(lately.length === 0
      ? ['nothing went wrong lately']
      : await tableLines(
          ['COUNT', 'FIRST', 'LAST', 'CODE', 'HOSTS', 'ERROR'],
          lately.map(({ count, firstMs, lastMs, code, hosts, message }) => [
            ...[count, age(nowMs - firstMs), age(nowMs - lastMs), code],
            ...[hosts.join(' ') || '-', firstLine(message)],
          ]),
        )),
  ]
}

const rowsOf = ({ hosts, tasks, keys }: ErrorsNow): readonly (readonly string[])[] => [
  ...hosts.map(({ host, error }) => [`host ${host}`, 'silent', firstLine(error)]),
  ...tasks.map(({ id, host, state, error }) => [
    `${id} on ${host}`,
    state,
    error === null ? '' : `${firstLine(new MillraceError(error).message)} [${error.code}]`,
  ]),
  ...keys.map(({ actor, key, waiting, error }) => [
    `${actor} ${shown(key)}`,
    `key, ${waiting} wait`,
    firstLine(error),
  ]),
]

const firstLine = (text: string): string => text.split('\n')[0] ?? ''
