// millrace task, or tasks: every task, where it is and how it does; one whole; and what an operator can
// tell them.

import type { Command } from 'commander'
import { MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { PlacedRow, TasksDocument } from '../admin/documents.ts'
import { refuseWords } from './closest.ts'
import { MAP_NOTE, orFromMap } from './from-map.ts'
import { addMove } from './move.ts'
import { short, tableLines } from './print.ts'
import { findHost, type TargetOptions } from './target.ts'
import { addOrders } from './task-orders.ts'
import { addTaskShow } from './task-show.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const EXAMPLES = `
Examples:
  millrace tasks
  millrace tasks --json
  millrace tasks --watch                           again every two seconds
  millrace task show wordcount/counts/2            everything known of one
  millrace task pause wordcount/counts/2 --yes
  millrace task restart 'wordcount/*' --yes        after its cause was mended
  millrace task skip wordcount/counts/2 --yes      pass over the record it failed at
  millrace task move wordcount/counts/2 --to two --yes`

export function addTasks(program: Command): void {
  const tasks = program
    .command('tasks')
    .alias('task')
    .description('list tasks; show, pause, resume, restart, move, quarantine or reset one')
    .addHelpText('after', EXAMPLES)
  withWatch(tasks.command('list', { isDefault: true }))
    .description('all tasks and their standbys; the lag of a standby is in changes of its task')
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  addTaskShow(tasks)
  addOrders(tasks)
  addMove(tasks)
}

async function list(options: WatchOptions, command: Command): Promise<void> {
  refuseWords(command)
  await show(options, () => lookAtTasks(options))
}

async function lookAtTasks(options: TargetOptions): Promise<Shown> {
  const ask = async (): Promise<TasksDocument> => {
    const { door } = await findHost(options)
    return askAdmin<TasksDocument>(door, '/v1/tasks')
  }
  const document = await orFromMap(options, ask, (map, look) => map.tasksOfMap(look))
  const notes = document.placed === undefined ? notesOn(document) : [MAP_NOTE]
  return { document, lines: await tasksLines(document), notes }
}

export async function tasksLines(document: TasksDocument): Promise<readonly string[]> {
  const { tasks, standbys, placed } = document
  if (placed !== undefined) return placedLines(placed)
  const rows = [
    ...tasks.map((task) => rowOf(task, 'active')),
    ...standbys.map((standby) => rowOf(standby, standby.purpose)),
  ]
  const head = ['TASK', 'ROLE', 'STATE', 'HOST', 'WORKER', 'LAG', 'RECORDS', 'RESTARTS']
  const errors = [...tasks, ...standbys].flatMap(({ id, error }) =>
    error === null ? [] : [`${id}: ${new MillraceError(error).message} [${error.code}]`],
  )
  return [...(await tableLines(head, rows)), ...errors]
}

const placedLines = (placed: readonly PlacedRow[]): Promise<readonly string[]> =>
  tableLines(
    ['TASK', 'SHOULD BE ON', 'GRANTED TO'],
    placed.map(({ task, target, granted }) => [task, target, granted ?? '-']),
  )

function rowOf(task: TasksDocument['tasks'][number], role: string): (string | number)[] {
  const { id, state, host, worker, lag, records, restarts } = task
  return [id, role, state, host, worker, short(lag), short(records), restarts]
}
