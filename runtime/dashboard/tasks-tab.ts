// Tasks and their copies: where each is, how it does, and how far behind it is.

import type { TaskOrder } from '#actors/host/messages'
import type { ErrorFacts } from '#protocols/core/errors'
import { short } from '../cli/print.ts'
import type { WishOrder } from '../process/wish-deeds.ts'
import { rate } from './figures.ts'
import { newest, type Seen, taskRate } from './looks.ts'
import { cell, type Order, type Question, type Row, type Tab } from './tab.ts'
import type { Tone } from './text.ts'

export const tasksTab: Tab = {
  name: 'Tasks',
  needs: [],
  columns: [
    { title: 'TASK' },
    { title: 'ROLE' },
    { title: 'STATE' },
    { title: 'HOST' },
    { title: 'LAG', align: 'right' },
    { title: 'IN', align: 'right' },
    { title: 'RECORDS', align: 'right', isExtra: true },
    { title: 'RESTARTS', align: 'right', isExtra: true },
    { title: 'WORKER', align: 'right', isExtra: true },
  ],
  rows,
  empty: 'No task is placed yet.',
}

function rows({ looks }: Seen): readonly Row[] {
  const look = newest(looks)
  if (look === undefined) return []
  const { tasks, standbys, pins = {} } = look.tasks
  const hosts = look.status.hosts.map(({ id }) => id)
  const all = [
    ...tasks.map((task) => ({ task, role: 'active' })),
    ...standbys.map((task) => ({ task, role: task.purpose })),
  ]
  return all.map(({ task, role }): Row => {
    const pin = pins[task.id]
    const taken = taskRate(looks, task, (it) => it.records)
    return {
      id: `${task.id} ${task.host} ${task.role}`,
      cells: [
        ...[cell(task.id), cell(role), cell(task.state), cell(task.host)],
        { text: short(task.lag), by: task.lag },
        { text: task.role === 'active' ? rate(taken) : '', by: taken },
        { text: short(task.records), by: task.records },
        ...[cell(task.restarts), cell(task.worker)],
      ],
      tone: toneOf(task),
      details: pin === undefined ? task : { pinnedTo: pin, ...task },
      orders:
        task.role === 'active'
          ? [...taskOrders(task.id), move(task, hosts), ...unpin(task.id, pin)]
          : [],
    }
  })
}

export function toneOf(task: { readonly state: string; readonly error: ErrorFacts | null }): Tone {
  if (task.error !== null || task.state === 'quarantined') return 'bad'
  const isSettled = task.state.startsWith('running') || task.state.startsWith('following')
  return isSettled ? 'plain' : 'warn'
}

/** What an operator can have done to a task: the orders of the admin API, behind keys. */
export const taskOrders = (task: string): readonly Order[] =>
  ORDERS.map(([key, order, effect]) => ({
    key,
    verb: order,
    subject: task,
    effect,
    path: '/v1/orders',
    body: { task, order },
  }))

/** To any host but the one it is on. */
function move(
  { id, host }: { readonly id: string; readonly host: string },
  hosts: readonly string[],
): Question {
  const asked = { key: 'm', verb: 'move', subject: id }
  const choices = hosts
    .filter((to) => to !== host)
    .map((to) => ({
      name: to,
      order: {
        ...{ ...asked, subject: `${id} to ${to}`, path: '/v1/wishes' },
        body: { wish: 'move', task: id, host: to } satisfies WishOrder,
        effect: 'it is pinned there, and goes when that has copied it',
      },
    }))
  return { ...asked, choices }
}

/** Of a task that was moved by hand. */
const unpin = (id: string, pin: string | undefined): readonly Order[] =>
  pin === undefined
    ? []
    : [
        {
          ...{ key: 'M', verb: 'unpin', subject: id, path: '/v1/wishes' },
          body: { wish: 'unpin', task: id } satisfies WishOrder,
          effect: `it is not held at ${pin} any more, and moves when the balance wants it`,
        },
      ]

const ORDERS: readonly (readonly [key: string, order: TaskOrder, effect: string])[] = [
  ['p', 'pause', 'it commits, then takes in nothing until resumed'],
  ['u', 'resume', 'it goes on after a pause'],
  ['r', 'restart', 'it closes and opens again; ends a quarantine, or a wait'],
  ['x', 'skip', 'it passes over the record it failed at, for good'],
  ['Q', 'quarantine', 'it stops where it is, and waits for a restart'],
  ['R', 'reset', 'its stores are thrown away and built anew from its log'],
]
