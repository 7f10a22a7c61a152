// How long one look of the coordinator takes: 10,000 tasks, all with state and a standby each, on 100
// hosts. A coordinator looks after every change of its group, and so never waits for one.

import { rebalance } from '#actors/coordinator/rebalance'
import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import type { Member, Placement } from '#protocols/messages/membership'
import { NOTHING_PLACED } from '#protocols/messages/membership'
import { type Figure, report } from './harness.ts'

const TASKS = 10_000
const HOSTS = 100
const ROUNDS = 7
const GOAL_MS = 100
const settings = { ...STANDBY_DEFAULT, count: 1 }

const member = (n: number, { granted, standbys }: Placement): Member => {
  const id = `host-${n}`
  const copied = Object.entries(standbys).filter(([, hosts]) => hosts.includes(id))
  return {
    ...{ id, incarnation: '1', pid: 1, socket: '', workers: 2, state: 'active', startedAt: 0 },
    topologies: { t: { a: TASKS / 2, b: TASKS / 2 } },
    stateful: ['t/a', 't/b'],
    held: Object.keys(granted).filter((task) => granted[task] === id),
    copies: Object.fromEntries(copied.map(([task]) => [task, 0])),
  }
}

const members = (placed: Placement, count = HOSTS): Member[] =>
  Array.from({ length: count }, (_, n) => member(n, placed))

function median(look: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now()
    look()
    return performance.now() - startMs
  })
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0
}

function figure(name: string, group: readonly Member[], last: Placement): Figure {
  const value = median(() => rebalance(group, last, { settings }))
  return { name, value, unit: 'ms', goal: { most: GOAL_MS } }
}

const first = rebalance(members(NOTHING_PLACED), NOTHING_PLACED, { settings })
const placed = rebalance(members(first), first, { settings })
const settled = members(placed)
report(`one look at ${TASKS} tasks on ${HOSTS} hosts`, [
  figure('nothing is placed yet', members(NOTHING_PLACED), NOTHING_PLACED),
  figure('nothing changed', settled, placed),
  figure('a host is gone', settled.slice(1), placed),
  figure('a host came', members(placed, HOSTS + 1), placed),
])
