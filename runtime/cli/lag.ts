// millrace lag: how far tasks are behind what they read.

import process from 'node:process'
import { type Command, Option } from 'commander'
import { plural } from '#protocols/core/plural'
import { askAdmin } from '../admin/admin-client.ts'
import type { LagDocument, LagRow } from '../admin/documents.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { maybeWhole } from './options.ts'
import { short, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

interface LagOptions extends WatchOptions {
  readonly max?: string
}

const HELP = `
END is the offset after the last record of a partition, COMMITTED the offset of the next record by the
newest commit of its task, LAG the records in between. Of a task that runs nowhere, or is of a part that waits
for an upgrade, they are read from its commit log; without a commit it begins with the first record there is.
What is not known shows as '-'.

Examples:
  millrace lag
  millrace lag --watch          every two seconds
  millrace lag --max 1000       exit with 3 when more records wait, or their number is not known
  millrace lag --json`

export function addLag(program: Command): void {
  withWatch(program.command('lag'))
    .description('records that wait in each partition of each source')
    .addOption(
      new Option('--max <records>', 'exit with 3 when more than so many wait in all').conflicts(
        'watch',
      ),
    )
    .addHelpText('after', HELP)
    .action(lag)
}

async function lag(options: LagOptions): Promise<void> {
  const max = maybeWhole('--max', options.max)
  const { document } = await show(options, () => lookAtLag(options))
  if (max !== undefined && isBeyond(document, max)) process.exitCode = 3
}

async function lookAtLag(
  options: TargetOptions,
): Promise<Shown & { readonly document: LagDocument }> {
  const ask = async (): Promise<LagDocument> => {
    const { door } = await findHost(options)
    return askAdmin<LagDocument>(door, '/v1/lag')
  }
  const document = await orFromMap(options, ask, async (_map, look, broker) => {
    const { lagOfMap } = await import('../admin/lag-report.ts')
    return lagOfMap(broker, look)
  })
  const { partitions, isFromBroker } = document
  const head = ['TOPIC', 'PART', 'END', 'COMMITTED', 'LAG', 'TASK', 'HOST']
  const table = await tableLines(head, partitions.map(lagCells))
  const notes = isFromBroker ? [MAP_NOTE] : [...unwellIn(partitions), ...notesOn(document)]
  return { document, lines: [...table, '', lagSummary(document)], notes }
}

/** Once for each task, however many partitions it reads. */
function unwellIn(partitions: readonly LagRow[]): readonly string[] {
  const states = new Map(partitions.map(({ task, state }) => [task, state]))
  return [...states].flatMap(([task, state]) => (isWell(state) ? [] : [`task ${task} is ${state}`]))
}

/** What is not known may be anything. */
export const isBeyond = ({ lag: total, unknown }: LagDocument, max: number): boolean =>
  total > max || unknown > 0

export const lagCells = (row: LagRow): (string | number)[] => [
  ...[row.topic, row.partition, row.end ?? '-', row.committed ?? '-'],
  ...[row.lag === null ? '-' : short(row.lag), row.task, row.host ?? '-'],
]

export function lagSummary({ lag: total, partitions, unknown }: LagDocument): string {
  const whole = `lag ${short(total)} in ${count(partitions.length - unknown)}`
  return unknown === 0 ? whole : `${whole}, unknown in ${count(unknown)}`
}

const isWell = (state: string): boolean => state.startsWith('running')

const count = (partitions: number): string => plural(partitions, 'partition')
