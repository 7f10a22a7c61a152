// millrace task show: everything known of one task, on a page.

import type { Command } from 'commander'
import { MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { StandbyRow, TaskDocument, TaskRow } from '../admin/documents.ts'
import { columns } from './events.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { age, bytes, type Pair, pairs, section, short } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { placeOf } from './task-orders.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const EXAMPLES = `
COMMITTED is the offset of the next record by the newest commit, LAG the records after it. Of a standby it
is the changes of the task that it has not applied. COMMITTED
below are its newest ten commits, with the records and bytes it wrote and the changes of its stores, and BECAME the
states it came to, since it is where it is. EVENTS are the newest that are kept of this task.

Examples:
  millrace task show wordcount/counts/2
  millrace task show wordcount/counts/2 --watch
  millrace task show wordcount/counts/2 --json | jq .place.why`

export function addTaskShow(tasks: Command): void {
  withWatch(tasks.command('show'))
    .argument('<task>', 'topology/sub-topology/partition')
    .description('one task whole: state, positions, stores, standbys, history, why it is there')
    .addHelpText('after', EXAMPLES)
    .action(async (task: string, options: WatchOptions) => {
      await show(options, () => lookAtTask(task, options))
    })
}

async function lookAtTask(task: string, options: TargetOptions): Promise<Shown> {
  const ask = async (): Promise<TaskDocument> => {
    const { door } = await findHost(options)
    return askAdmin<TaskDocument>(door, `/v1/task?${new URLSearchParams({ id: task })}`)
  }
  const document = await orFromMap(options, ask, (map, look, broker) =>
    map.taskOfMap(broker, look, task),
  )
  const notes = document.isFromBroker ? [MAP_NOTE] : notesOn(document)
  return { document, lines: await taskLines(document, Date.now()), notes }
}

export async function taskLines(document: TaskDocument, nowMs: number): Promise<readonly string[]> {
  const { active, events, history } = document
  return [
    ...pairs([
      ['task', document.task],
      ['state', active === null ? 'absent: no host says that it runs it' : active.state],
      ...(active === null ? [] : runs(active)),
      ['why here', whyHere(document)],
      ...(active === null ? [] : does(active, nowMs)),
    ]),
    ...(await section(
      ['INPUT', 'PART', 'END', 'COMMITTED', 'LAG'],
      document.partitions.map((it) => [
        ...[it.topic, it.partition, it.end ?? '-', it.committed ?? '-'],
        it.lag === null ? '-' : short(it.lag),
      ]),
    )),
    ...(await section(
      ['STORE', 'KIND', 'ROWS', 'SIZE', 'PENDING', 'ROLE', 'HOST'],
      document.stores.map(({ store, kind, medium, usage, role, host }) => [
        ...[store, medium === 'memory' ? `${kind}, memory` : kind],
        ...(usage === null
          ? ['-', '-', '-']
          : [short(usage.rows), bytes(usage.bytes), short(usage.pending)]),
        ...[role, host],
      ]),
    )),
    ...(await section(['STANDBY', 'STATE', 'LAG', 'RESTARTS'], document.standbys.map(standby))),
    ...(await section(
      ['COMMITTED', 'TOOK', 'RECORDS', 'BYTES', 'CHANGES'],
      (history?.commits ?? []).map((it) => [
        ...[timeOf(it.atMs), `${it.ms.toFixed(1)} ms`, short(it.records)],
        ...[bytes(it.bytes), short(it.changes)],
      ]),
    )),
    ...(await section(
      ['BECAME', 'STATE', 'BY'],
      (history?.turns ?? []).map(({ atMs, state, event }) => [timeOf(atMs), state, event]),
    )),
    ...(await section(['EVENTS', 'KIND', 'WHO', ''], events.map(columns))),
  ]
}

const runs = ({ host, worker, epoch }: TaskRow): Pair[] => [
  ['host', `${host}, worker ${worker}, epoch ${epoch}`],
]

function does(task: TaskRow, nowMs: number): Pair[] {
  const { records, dropped, commits, meter, checkpoint, restarts, error, failedAt } = task
  const lost = Object.entries(dropped).filter(([, count]) => count > 0)
  const drops = lost.map(([why, count]) => `, ${short(count)} dropped: ${why}`).join('')
  const newest =
    commits === 0
      ? 'none since it began here'
      : `${short(commits)}, ${(meter.commitMs / commits).toFixed(1)} ms each, newest ${age(nowMs - meter.committedAt)} ago`
  const end = task.state === 'restoring' ? ` of ${task.restoreEnd}` : ''
  const replayed = `offsets ${task.restoredFrom} to ${task.restored}${end} of its commit log`
  return [
    [
      'records',
      `${short(records)} in${drops}, ${short(meter.recordsOut)} out, ${short(meter.changes)} changes`,
    ],
    ['commits', newest],
    ['busy', `${(meter.busyMs / 1000).toFixed(1)} s of work since it began here`],
    ...(task.restoreEnd === 0 ? [] : ([['replayed', replayed]] satisfies Pair[])),
    ...(typeof checkpoint === 'number'
      ? ([['checkpoint', `commit log offset ${checkpoint}`]] satisfies Pair[])
      : []),
    ['restarts', String(restarts)],
    ...(error === null
      ? []
      : ([['error', `${new MillraceError(error).message} [${error.code}]`]] satisfies Pair[])),
    ...(failedAt === undefined ? [] : ([['failed at', placeOf(failedAt)]] satisfies Pair[])),
  ]
}

function whyHere({ place, placement }: TaskDocument): string {
  if (place === null) return 'it is placed nowhere'
  if (place.why !== null) return place.why
  if (place.pin !== null) return `pinned to ${place.pin}, by hand`
  return `${place.target} is where placement ${placement} wants it`
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 23).replace('T', ' ')

const standby = ({ host, state, purpose, lag, restarts }: StandbyRow): (string | number)[] => [
  ...[purpose === 'standby' ? host : `${host}, ${purpose}`, state, short(lag), restarts],
]
