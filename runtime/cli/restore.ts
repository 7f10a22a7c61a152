// millrace restore: which tasks replay their commit log and which copies are not fresh, how far each is, and
// how long it takes. A rate is what came between two looks, so there are two as soon as there is one to tell.

import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { MoveRow, TasksDocument } from '../admin/documents.ts'
import { bar, rate } from '../dashboard/figures.ts'
import { LOOKS_MAX, type TasksSeen, tasksSeen } from '../dashboard/looks.ts'
import { type Replay, replaysOf } from '../dashboard/replays.ts'
import { refuseWords } from './closest.ts'
import type { ReplayRow, RestoreDocument } from './documents.ts'
import { age, section, short } from './print.ts'
import { findHost } from './target.ts'
import { notesOn, type Shown, show, type WatchOptions, withWatch } from './watch.ts'

interface RestoreOptions extends WatchOptions {
  readonly exitCode?: boolean
}

const BETWEEN_MS = 500
const BAR_COLUMNS = 20

const EXAMPLES = `
A task opens by replaying what its stores have not applied of its commit log; a standby follows that log, and
a warm-up does so because the task is to move there. LEFT is in changes. Tasks that move and wait for something
else follow.

Examples:
  millrace restore
  millrace restore --watch                            again every two seconds
  until millrace restore --exit-code; do sleep 1; done    until all is restored
  millrace restore --json`

export function addRestore(program: Command): void {
  withWatch(program.command('restore'))
    .description('tasks and copies that restore: how far, how fast, and how long it takes')
    .addOption(
      new Option('--exit-code', 'exit with 3 while something restores or moves').conflicts('watch'),
    )
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(restore)
}

async function restore(options: RestoreOptions, command: Command): Promise<void> {
  refuseWords(command)
  let looks: readonly TasksSeen[] = []
  const look = async (): Promise<void> => {
    const { door } = await findHost(options)
    const tasks = await askAdmin<TasksDocument>(door, '/v1/tasks')
    looks = [...looks, tasksSeen(Date.now(), tasks)].slice(-LOOKS_MAX)
  }
  const { document } = await show(options, async () => {
    const isFirst = looks.length === 0
    await look()
    if (isFirst && replaysOf(looks).length > 0) {
      await wait(BETWEEN_MS)
      await look()
    }
    return shownOf(looks)
  })
  const { replays, moves } = document
  if (options.exitCode && replays.length + moves.length > 0) process.exitCode = 3
}

/** @param looks one at least */
export async function shownOf(
  looks: readonly TasksSeen[],
): Promise<Shown & { readonly document: RestoreDocument }> {
  const { moves = [], unanswered = [] } = looks.at(-1)?.tasks ?? {}
  const document = { replays: replaysOf(looks).map(rowOf), moves, unanswered }
  return { document, lines: await restoreLines(document), notes: notesOn(document) }
}

function rowOf({ task, ...replay }: Replay): ReplayRow {
  const { id, state, host, error } = task
  return { task: id, state, host, error, ...replay }
}

async function restoreLines({ replays, moves }: RestoreDocument): Promise<readonly string[]> {
  if (replays.length + moves.length === 0) {
    return ['nothing restores: every task is where it is to be, and every copy is fresh']
  }
  const head = ['TASK', 'WHAT', 'FROM', 'HOST', 'PROGRESS', 'RATE', 'ETA', 'LEFT']
  const tables = [
    ...(await section(head, replays.map(cellsOf))),
    ...(await section(['MOVES', 'FROM', 'TO', 'WAITS FOR'], moves.map(moveCells))),
  ]
  return [
    ...tables.slice(1),
    ...replays.flatMap(({ task, error }) =>
      error === null ? [] : [`${task}: ${new MillraceError(error).message} [${error.code}]`],
    ),
  ]
}

function cellsOf(row: ReplayRow): readonly string[] {
  const { task, what, from, host, share, left, perSecond, leftMs } = row
  const eta = leftMs === null ? '?' : age(leftMs)
  return [task, what, from ?? '-', host, bar(share, BAR_COLUMNS), rate(perSecond), eta, short(left)]
}

const moveCells = ({ task, from, to, waitsFor }: MoveRow): readonly string[] => [
  ...[task, from ?? 'nobody', to],
  waitsFor,
]
