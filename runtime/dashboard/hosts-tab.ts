// Hosts: who is there, and what each of them does.

import type { AwayRow } from '../admin/documents.ts'
import { age, short } from '../cli/print.ts'
import type { WishOrder } from '../process/wish-deeds.ts'
import { rate } from './figures.ts'
import { newest, type Seen, taskRate } from './looks.ts'
import { cell, type Order, type Row, type Tab } from './tab.ts'

export const hostsTab: Tab = {
  name: 'Hosts',
  needs: [],
  columns: [
    { title: 'HOST' },
    { title: 'STATE' },
    { title: 'TASKS', align: 'right' },
    { title: 'STANDBYS', align: 'right' },
    { title: 'LAG', align: 'right' },
    { title: 'IN', align: 'right' },
    { title: 'WORKERS', align: 'right', isExtra: true },
    { title: 'PID', align: 'right', isExtra: true },
    { title: 'UP', align: 'right' },
  ],
  rows,
  empty: 'No host is a member of the application.',
}

function rows({ looks, now }: Seen): readonly Row[] {
  const look = newest(looks)
  if (look === undefined) return []
  const { hosts, coordinator, unanswered, away = [] } = look.status
  const there = hosts.map((host): Row => {
    const mine = look.tasks.tasks.filter((task) => task.host === host.id)
    const lag = mine.reduce((sum, task) => sum + task.lag, 0)
    const taken = mine.reduce((sum, task) => sum + taskRate(looks, task, (it) => it.records), 0)
    const silence = unanswered.find((it) => it.host === host.id)
    const state = silence === undefined ? host.state : 'silent'
    const copies = look.tasks.standbys.filter((copy) => copy.host === host.id)
    return {
      id: host.id,
      cells: [
        cell(host.id),
        cell(host.id === coordinator ? `${state}, leads` : state),
        ...[cell(host.tasks), cell(host.standbys)],
        { text: short(lag), by: lag },
        { text: rate(taken), by: taken },
        ...[cell(host.workers), cell(host.pid)],
        { text: age(now - host.startedAt), by: now - host.startedAt },
      ],
      tone: silence !== undefined ? 'bad' : state === 'active' ? 'plain' : 'warn',
      details: {
        ...host,
        startedAt: new Date(host.startedAt).toISOString(),
        coordinates: host.id === coordinator,
        ...(silence === undefined ? {} : { silence: silence.error }),
        runs: mine.map(({ id, state: its }) => `${id} ${its}`),
        copies: copies.map(({ id, purpose, state: its }) => `${id} ${purpose} ${its}`),
      },
      orders: WISHES.map((wish) => orderOf(host.id, host.state, wish)),
    }
  })
  return [...there, ...away.map(absent)]
}

/** What is wished of a host that does not run holds when it starts: it can be taken back before. */
const absent = ({ id, wish }: AwayRow): Row => ({
  id,
  cells: [cell(id), cell(`${wish}, away`), ...hostsTab.columns.slice(2).map(() => cell('-'))],
  tone: 'warn',
  details: { id, wish, state: 'away' },
  orders: WISHES.map((it) => orderOf(id, wish, it)),
})

/** What can be wished of a host, and, where that is its state, taken back. */
interface Wish {
  readonly key: string
  readonly verb: 'drain' | 'fence'
  readonly state: string
  readonly effect: string
}

const WISHES: readonly Wish[] = [
  {
    ...{ key: 'd', verb: 'drain', state: 'draining' },
    effect: 'it gives away what it has, each task once it is copied',
  },
  {
    ...{ key: 'f', verb: 'fence', state: 'fenced' },
    effect: 'its tasks go to others at once; what it did not commit is done again',
  },
]

const orderOf = (host: string, state: string, { key, effect, ...wish }: Wish): Order => {
  const isSo = state === wish.state
  const verb = isSo ? (`un${wish.verb}` as const) : wish.verb
  const body: WishOrder = { wish: verb, host }
  return {
    ...{ key, verb, subject: host, path: '/v1/wishes', body },
    effect: isSo ? 'it takes part again' : effect,
  }
}
