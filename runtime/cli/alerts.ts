// millrace alerts: which alert rules hold, as a host judges them by the numbers of all.

import process from 'node:process'
import { type Command, Option } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { AlertRow, AlertsDocument } from '../admin/documents.ts'
import { age, pairs, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

interface AlertsOptions extends WatchOptions {
  readonly exitCode?: boolean
}

const HELP = `
They are the rules that millrace metrics --grafana writes for Prometheus, and mean the same. One that holds is
pending until it has held for its time, then it fires. A host judges while it is asked and watches for nobody:
what looks back over minutes is known when somebody looks on, with --watch, in the console or in millrace top.
What each one means and what to do: chapter 16 of the guide.

Examples:
  millrace alerts
  millrace alerts --watch
  millrace alerts --exit-code             exits with 3 while one fires, or a host does not answer
  millrace alerts --json`

export function addAlerts(program: Command): void {
  withWatch(program.command('alerts'))
    .description('alert rules that hold, and what to do')
    .addOption(new Option('--exit-code', 'exit with 3 while an alert fires').conflicts('watch'))
    .addHelpText('after', HELP)
    .action(alerts)
}

async function alerts(options: AlertsOptions): Promise<void> {
  const { document } = await show(options, () => lookAtAlerts(options))
  if (options.exitCode && isAlarming(document)) process.exitCode = 3
}

async function lookAtAlerts(
  options: TargetOptions,
): Promise<Shown & { readonly document: AlertsDocument }> {
  const { door } = await findHost(options)
  const document = await askAdmin<AlertsDocument>(door, '/v1/alerts')
  return { document, lines: await alertLines(document, Date.now()), notes: notesOn(document) }
}

/** Who does not answer may be why. */
export const isAlarming = ({ alerts: held, unanswered }: AlertsDocument): boolean =>
  unanswered.length > 0 || held.some(({ state }) => state === 'firing')

export async function alertLines(
  { alerts: held, unjudged, commitMs }: AlertsDocument,
  nowMs: number,
): Promise<readonly string[]> {
  const { p50, p99 } = commitMs
  const firing = held.filter(({ state }) => state === 'firing').length
  const actions = new Map(held.map(({ name, action }) => [name, action]))
  return [
    held.length === 0 ? 'no alert holds' : `${held.length} hold, ${firing} of them fire`,
    ...(held.length === 0
      ? []
      : await tableLines(
          ['ALERT', 'SEVERITY', 'STATE', 'SINCE', ''],
          held.map((row) => alertCells(row, nowMs)),
        )),
    '',
    ...[...actions].map(([name, action]) => `${name}: ${action}`),
    ...pairs([
      ['commits', p50 === null || p99 === null ? '-' : `p50 ${ms(p50)}, p99 ${ms(p99)}`],
      ['not judged', unjudged.join(', ')],
    ]),
  ]
}

const alertCells = (
  { name, severity, state, sinceMs, summary }: AlertRow,
  nowMs: number,
): readonly string[] => [name, severity, state, age(nowMs - sinceMs), summary]

const ms = (value: number): string => `${Math.round(value)} ms`
