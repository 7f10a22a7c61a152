// What is on its way: tasks that replay their commit log, copies that are not fresh yet, and tasks that
// are not where the placement wants them.

import { age, short } from '../cli/print.ts'
import { bar, rate } from './figures.ts'
import { newest, type Seen } from './looks.ts'
import { type Replay, replaysOf } from './replays.ts'
import { cell, type Row, type Tab } from './tab.ts'
import { taskOrders } from './tasks-tab.ts'

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
  return [
    ...replaysOf(looks).map(replayed),
    ...(newest(looks)?.tasks.moves ?? []).map(({ task, from, to, waitsFor }): Row => {
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

function replayed({ task, what, from, share, perSecond, leftMs, left }: Replay): Row {
  const { id, host, error, role } = task
  return {
    id: `${what} ${id} ${host}`,
    cells: [
      ...[cell(id), cell(what), cell(from ?? ''), cell(host)],
      { text: bar(share, BAR_COLUMNS), by: share },
      { text: rate(perSecond), by: perSecond },
      { text: leftMs === null ? '?' : age(leftMs), by: leftMs ?? Number.MAX_SAFE_INTEGER },
      { text: short(left), by: left },
    ],
    tone: error === null ? 'plain' : 'bad',
    details: task,
    orders: role === 'active' ? taskOrders(id) : [],
  }
}
