// millrace status: the application on one screen.

import process from 'node:process'
import { type Command, Option } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { StatusDocument, VersionRow } from '../admin/documents.ts'
import { whyUnwell } from '../admin/unwell.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { age, short, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

interface StatusOptions extends WatchOptions {
  readonly exitCode?: boolean
}

const EXAMPLES = `
Examples:
  millrace status
  millrace status --watch=5                   every five seconds; millrace top shows more
  millrace status --json --exit-code`

export function addStatus(program: Command): void {
  withWatch(program.command('status'))
    .description('hosts, tasks and lag of an application')
    .addOption(
      new Option(
        '--exit-code',
        'exit with 3 unless every task runs and every host answered',
      ).conflicts('watch'),
    )
    .addHelpText('after', EXAMPLES)
    .action(status)
}

async function status(options: StatusOptions): Promise<void> {
  const { document } = await show(options, () => lookAtStatus(options))
  if (options.exitCode && whyUnwell(document).length > 0) process.exitCode = 3
}

export async function lookAtStatus(
  options: TargetOptions,
): Promise<Shown & { readonly document: StatusDocument }> {
  const ask = async (): Promise<StatusDocument> => {
    const { door } = await findHost(options)
    return askAdmin<StatusDocument>(door, '/v1/status')
  }
  const document = await orFromMap(options, ask, (map, look) => map.statusOfMap(look))
  const notes = document.host === null ? [MAP_NOTE] : notesOn(document)
  return { document, lines: await statusLines(document, Date.now()), notes }
}

export async function statusLines(
  document: StatusDocument,
  now: number,
): Promise<readonly string[]> {
  const { application, coordinator, hosts, tasks, standbys, lag, placement } = document
  const { versions = [] } = document
  const total = Object.values(tasks).reduce((sum, count) => sum + count, 0)
  const states = Object.entries(tasks).map(([state, count]) => `${count} ${state}`)
  const copies = Object.entries(standbys).map(([state, count]) => `${count} ${state}`)
  return [
    `${application}: ${total} tasks (${states.join(', ') || 'none'}), lag ${lag === null ? 'unknown' : short(lag)}`,
    ...(copies.length > 0 ? [`standbys: ${copies.join(', ')}`] : []),
    `coordinator ${coordinator ?? 'none'}, placement ${placement}`,
    ...versions.map(versionLine),
    '',
    ...(await tableLines(
      ['HOST', 'STATE', 'PID', 'WORKERS', 'TASKS', 'STANDBYS', 'UP'],
      hosts.map((host) => [
        ...[host.id, host.state, host.pid, host.workers, host.tasks, host.standbys],
        age(now - host.startedAt),
      ]),
    )),
  ]
}

const versionLine = ({ topology, version, shape, hosts, state }: VersionRow): string =>
  `${topology} ${version ?? shape?.slice(0, 6) ?? 'of an older host'} ${state} on ${hosts.join(', ') || 'no host'}: millrace upgrade`
