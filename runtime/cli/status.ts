// millrace status: the application on one screen.

import process from 'node:process'
import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { StatusDocument } from '../admin/documents.ts'
import { age, printJson, printLine, printNote, printTable, short } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'

interface StatusOptions extends TargetOptions {
  readonly exitCode?: boolean
}

export function addStatus(program: Command): void {
  withHost(program.command('status'))
    .description('hosts, tasks and lag of an application')
    .option('--exit-code', 'exit with 3 unless every task runs and every host answered')
    .addHelpText('after', '\nExamples:\n  millrace status\n  millrace status --json --exit-code')
    .action(status)
}

async function status(options: StatusOptions): Promise<void> {
  const { socket } = await findHost(options)
  const document = await askAdmin<StatusDocument>(socket, '/v1/status')
  if (options.json) printJson(document)
  else await show(document)
  if (options.exitCode && !isWell(document)) process.exitCode = 3
}

async function show(document: StatusDocument): Promise<void> {
  const { application, coordinator, hosts, tasks, standbys, lag, placement, unanswered } = document
  const total = Object.values(tasks).reduce((sum, count) => sum + count, 0)
  const states = Object.entries(tasks).map(([state, count]) => `${count} ${state}`)
  printLine(`${application}: ${total} tasks (${states.join(', ') || 'none'}), lag ${short(lag)}`)
  const copies = Object.entries(standbys).map(([state, count]) => `${count} ${state}`)
  if (copies.length > 0) printLine(`standbys: ${copies.join(', ')}`)
  printLine(`coordinator ${coordinator ?? 'none'}, placement ${placement}`)
  printLine('')
  const now = Date.now()
  await printTable(
    ['HOST', 'STATE', 'PID', 'WORKERS', 'TASKS', 'STANDBYS', 'UP'],
    hosts.map((host) => [
      host.id,
      host.state,
      host.pid,
      host.workers,
      host.tasks,
      host.standbys,
      age(now - host.startedAt),
    ]),
  )
  for (const { host, error } of unanswered) printNote(`host ${host} did not answer: ${error}`)
}

const isWell = ({ tasks, unanswered, coordinator }: StatusDocument): boolean =>
  coordinator !== null &&
  unanswered.length === 0 &&
  Object.keys(tasks).every((state) => state === 'running')
