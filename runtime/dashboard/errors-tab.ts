// What went wrong and waits: tasks that failed, keys of actors in quarantine, hosts that do not answer.

import type { ErrorFacts } from '#protocols/core/errors'
import type { QuarantineRow } from '../admin/documents.ts'
import { shown } from '../admin/values.ts'
import { age } from '../cli/print.ts'
import { type Look, newest, newestOf, type Seen } from './looks.ts'
import { cell, type Order, type Row, type Tab } from './tab.ts'
import { taskOrders } from './tasks-tab.ts'

export const errorsTab: Tab = {
  name: 'Errors',
  needs: ['quarantine'],
  columns: [
    { title: 'WHERE' },
    { title: 'WHAT' },
    { title: 'HOST' },
    { title: 'SINCE', align: 'right', isExtra: true },
    { title: 'ERROR' },
  ],
  rows,
  empty: 'No task has failed, no key waits in quarantine, and every host answers.',
}

function rows({ looks, now }: Seen): readonly Row[] {
  const look = newest(looks)
  if (look === undefined) return []
  const keys = newestOf(looks, 'quarantine')?.keys ?? []
  return [...hostRows(look), ...taskRows(look), ...keys.map((row) => keyRow(row, now))]
}

/** Rows of tasks and hosts alone: what the head of the screen counts without asking more. */
export const failuresIn = (look: Look): number => hostRows(look).length + taskRows(look).length

const hostRows = ({ status: { unanswered } }: Look): readonly Row[] =>
  unanswered.map(({ host, error }) => ({
    id: `host ${host}`,
    cells: [cell(`host ${host}`), cell('silent'), cell(host), cell(''), cell(error)],
    tone: 'bad',
    details: { host, error },
  }))

const taskRows = ({ tasks: { tasks, standbys } }: Look): readonly Row[] =>
  [...tasks, ...standbys]
    .filter(({ state, error }) => error !== null || state === 'quarantined')
    .map((task) => ({
      id: `${task.id} ${task.host} ${task.role}`,
      cells: [
        cell(task.role === 'active' ? task.id : `copy of ${task.id}`),
        ...[cell(task.state), cell(task.host), cell('')],
        cell(task.error === null ? '' : sentence(task.error)),
      ],
      tone: 'bad',
      details: task,
      orders: task.role === 'active' ? taskOrders(task.id) : [],
    }))

function keyRow(row: QuarantineRow, now: number): Row {
  const { actor, error, atMs, waiting } = row
  const key = shown(row.key)
  return {
    id: `key ${actor} ${key}`,
    cells: [
      ...[cell(`${actor} ${key}`), cell(`key, ${waiting} wait`), cell('')],
      { text: age(now - atMs), by: now - atMs },
      cell(error),
    ],
    tone: 'bad',
    details: { ...row, atMs: new Date(atMs).toISOString() },
    orders: [
      keyOrder('r', 'retry', { actor, key }, 'it begins again at the message it failed at'),
      keyOrder('x', 'skip', { actor, key }, 'it goes on after the message it failed at'),
    ],
  }
}

const keyOrder = (
  letter: string,
  order: 'retry' | 'skip',
  { actor, key }: { readonly actor: string; readonly key: string },
  effect: string,
): Order => ({
  key: letter,
  verb: order,
  subject: `${actor} ${key}`,
  effect,
  path: '/v1/quarantine',
  body: { actor, key, order },
})

const sentence = ({ code, what, where }: ErrorFacts): string =>
  `${what}${where ? ` (${where})` : ''} [${code}]`
