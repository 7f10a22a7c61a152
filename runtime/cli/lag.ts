// millrace lag: how far tasks are behind what they read.

import process from 'node:process'
import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { LagDocument, LagRow } from '../admin/documents.ts'
import { maybeWhole } from './options.ts'
import { printJson, printLine, printNote, printTable, short } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'

interface LagOptions extends TargetOptions {
  readonly max?: string
}

const HELP = `
END is the offset after the last record of a partition, COMMITTED the offset of the next record by the
newest commit of its task, LAG the records in between. What nobody answers for shows as '-'.

Examples:
  millrace lag
  millrace lag --max 1000       exit with 3 when more records wait, or their number is not known
  millrace lag --json`

export function addLag(program: Command): void {
  withHost(program.command('lag'))
    .description('records that wait in each partition of each source')
    .option('--max <records>', 'exit with 3 when more than so many wait in all')
    .addHelpText('after', HELP)
    .action(lag)
}

async function lag(options: LagOptions): Promise<void> {
  const max = maybeWhole('--max', options.max)
  const { socket } = await findHost(options)
  const document = await askAdmin<LagDocument>(socket, '/v1/lag')
  if (options.json) printJson(document)
  else await show(document)
  if (max !== undefined && (document.lag > max || document.unknown > 0)) process.exitCode = 3
}

async function show({ partitions, lag: total, unknown, unanswered }: LagDocument): Promise<void> {
  const head = ['TOPIC', 'PART', 'END', 'COMMITTED', 'LAG', 'TASK', 'HOST']
  await printTable(head, partitions.map(rowOf))
  printLine('')
  const missing = unknown === 0 ? '' : `, and ${partitionsOf(unknown)} of which nobody knows`
  printLine(`lag ${short(total)} in ${partitionsOf(partitions.length)}${missing}`)
  const states = new Map(partitions.map(({ task, state }) => [task, state]))
  for (const [task, state] of states) if (!isWell(state)) printNote(`task ${task} is ${state}`)
  for (const { host, error } of unanswered) printNote(`host ${host} did not answer: ${error}`)
}

const rowOf = ({
  topic,
  partition,
  end,
  committed,
  lag: behind,
  task,
  host,
}: LagRow): unknown[] => [
  ...[topic, partition, end ?? '-', committed ?? '-'],
  ...[behind === null ? '-' : short(behind), task, host ?? '-'],
]

const isWell = (state: string): boolean => state.startsWith('running')

const partitionsOf = (count: number): string => `${count} partition${count === 1 ? '' : 's'}`
