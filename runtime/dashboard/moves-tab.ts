// What is on its way: tasks that replay their commit log, copies that are not fresh yet, and tasks that
// are not where the placement wants them.

import type { StandbyRow, TasksDocument } from '../admin/documents.ts'
import { age, short } from '../cli/print.ts'
import { bar, rate } from './figures.ts'
import { type Look, newest, type Seen, taskRate } from './looks.ts'
import { cell, type Row, type Tab } from './tab.ts'
import { taskOrders } from './tasks-tab.ts'

type Task = TasksDocument['tasks'][number]

const BAR_COLUMNS = 20

export const movesTab: Tab = {
  name: 'Moves',
  needs: [],
  columns: [
    { title: 'TASK' },
    { title: 'WHAT' },
    { title: 'FROM' },
    { title: 'TO' },
    { title: 'PROGRESS' },
    { title: 'RATE', align: 'right' },
    { title: 'ETA', align: 'right' },
    { title: 'LEFT', align: 'right', isExtra: true },
  ],
  rows,
  empty: 'Nothing moves: every task is where it is to be, and every copy is fresh.',
}

function rows({ looks }: Seen): readonly Row[] {
  const look = newest(looks)
  if (look === undefined) return []
  const { tasks, standbys, moves } = look.tasks
  const restoring = tasks.filter(({ state }) => state.startsWith('restoring'))
  const behind = standbys.filter(
    ({ purpose, state, lag }) => purpose === 'warm-up' || lag > 0 || !state.startsWith('following'),
  )
  return [
    ...restoring.map((task) => replayed(looks, task, 'restoring', '')),
    ...behind.map((copy) => replayed(looks, copy, copy.purpose, sourceOf(look, copy))),
    ...moves.map(({ task, from, to, waitsFor }): Row => {
      const what = waitsFor === 'warming' ? 'moves when warm' : `moves, ${waitsFor}`
      const cells = [cell(task), cell(what), cell(from ?? 'nobody'), cell(to)]
      return {
        id: `move ${task}`,
        cells: [...cells, ...['', '', '', ''].map(cell)],
        tone: 'warn',
        details: { task, from, to, waitsFor },
      }
    }),
  ]
}

function replayed(looks: readonly Look[], task: Task, what: string, from: string): Row {
  const { id, host, restoredFrom, restored, restoreEnd } = task
  const left = Math.max(0, restoreEnd - restored)
  const whole = restoreEnd - restoredFrom
  const perSecond = taskRate(looks, task, (it) => it.restored)
  const share = whole <= 0 ? (left === 0 ? 1 : 0) : (restored - restoredFrom) / whole
  // Below this it would be a guess about hours.
  const ms = left === 0 ? 0 : perSecond < 0.01 ? null : (left / perSecond) * 1000
  return {
    id: `${what} ${id} ${host}`,
    cells: [
      ...[cell(id), cell(what), cell(from), cell(host)],
      { text: bar(share, BAR_COLUMNS), by: share },
      { text: rate(perSecond), by: perSecond },
      { text: ms === null ? '?' : age(ms), by: ms ?? Number.MAX_SAFE_INTEGER },
      { text: short(left), by: left },
    ],
    tone: task.error === null ? 'plain' : 'bad',
    details: task,
    orders: task.role === 'active' ? taskOrders(id) : [],
  }
}

const sourceOf = ({ tasks: { tasks } }: Look, { id }: StandbyRow): string =>
  tasks.find((task) => task.id === id)?.host ?? ''
