// Hosts: who is there, and what each of them does.

import { age, short } from '../cli/print.ts'
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
  const { hosts, coordinator, unanswered } = look.status
  return hosts.map((host): Row => {
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
      orders: [wish(host.id, host.state), fence(host.id, host.state)],
    }
  })
}

/** A host that drains can be let take part again, and any other one be emptied. */
function wish(host: string, state: string): Order {
  const isDraining = state === 'draining'
  const verb = isDraining ? 'undrain' : 'drain'
  return {
    ...{ key: 'd', verb, subject: host, path: '/v1/wishes', body: { wish: verb, host } },
    effect: isDraining
      ? 'it takes part again'
      : 'it gives away what it has, each task once it is copied',
  }
}

/** A host that hangs can be treated as gone, and one that is fenced be let take part again. */
function fence(host: string, state: string): Order {
  const isFenced = state === 'fenced'
  const verb = isFenced ? 'unfence' : 'fence'
  return {
    ...{ key: 'f', verb, subject: host, path: '/v1/wishes', body: { wish: verb, host } },
    effect: isFenced
      ? 'it takes part again'
      : 'its tasks go to others at once; what it did not commit is done again',
  }
}
