// millrace tasks: every task, where it is and how it does; and what an operator can tell one.

import type { Command } from 'commander'
import type { TaskOrder } from '#actors/host/messages'
import { MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { TasksDocument } from '../admin/documents.ts'
import { refuseWords } from './closest.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { addMove } from './move.ts'
import { printJson, printLine, short, tableLines } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

const ORDERS: readonly (readonly [TaskOrder, string])[] = [
  ['pause', 'commit, then take in nothing until resumed'],
  ['resume', 'go on after a pause'],
  ['restart', 'end a quarantine or a wait and try again'],
  ['skip', 'as restart, and pass over the record it failed at'],
]

const EXAMPLES = `
Examples:
  millrace tasks
  millrace tasks --json
  millrace tasks --watch                      again every two seconds
  millrace tasks pause wordcount/counts/2
  millrace tasks retry wordcount/counts/2     after its cause was mended
  millrace tasks skip wordcount/counts/2      pass over the record it failed at
  millrace tasks move wordcount/counts/2 --to two`

export function addTasks(program: Command): void {
  const tasks = program
    .command('tasks')
    .description('list tasks; pause, resume, retry, move one, or skip its record')
    .addHelpText('after', EXAMPLES)
  withWatch(tasks.command('list', { isDefault: true }))
    .description('all tasks and their standbys; the lag of a standby is in changes of its task')
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  for (const [order, description] of ORDERS) {
    withReason(withHost(tasks.command(order)))
      .argument('<task>', 'topology/sub-topology/partition')
      .description(description)
      .addHelpText('after', EXAMPLES)
      .action((task: string, options: DeedOptions) => give(task, order, options))
  }
  addMove(tasks)
}

async function list(options: WatchOptions, command: Command): Promise<void> {
  refuseWords(command)
  await show(options, () => lookAtTasks(options))
}

async function lookAtTasks(options: TargetOptions): Promise<Shown> {
  const { socket } = await findHost(options)
  const document = await askAdmin<TasksDocument>(socket, '/v1/tasks')
  const notes = notesOn(document)
  return { document, lines: await tasksLines(document), notes }
}

export async function tasksLines({ tasks, standbys }: TasksDocument): Promise<readonly string[]> {
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

function rowOf(task: TasksDocument['tasks'][number], role: string): (string | number)[] {
  const { id, state, host, worker, lag, records, restarts } = task
  return [id, role, state, host, worker, short(lag), short(records), restarts]
}

async function give(task: string, order: TaskOrder, options: DeedOptions): Promise<void> {
  const { socket } = await findHost(options)
  await askAdmin(socket, '/v1/orders', { task, order, ...signature(options) })
  if (options.json) printJson({ task, order })
  else printLine(`told ${task} to ${order}`)
}
