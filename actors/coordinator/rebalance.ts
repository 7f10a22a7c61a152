// One look of the coordinator: who is there, what should be where, and what may move now. Pure, and
// level-triggered: it compares what is with what should be, and so needs no memory of what it did but
// the last placement.
//
//   assign          the target of every task: sticky and even
//   grant           who may run it now, and which targets must copy it first
//   placeStandbys   who keeps copies of it for good
// Tasks that do not move never notice. A member that operators fenced is as good as gone: nobody waits
// for what it holds, because the log refuses what it commits.

import {
  type Member,
  NOTHING_WISHED,
  type Placement,
  type Wishes,
} from '#protocols/messages/membership'
import { type Assignment, assign, type HostSlot, type TaskSlot } from './assign.ts'
import { Copies } from './copies.ts'
import { type Grants, grant, isReady } from './grant.ts'
import { placeStandbys, STANDBY_DEFAULT, type StandbySettings, type Standbys } from './standbys.ts'

/**
 * The placement that follows from the members; the same object when nothing changes.
 * @param nowMs wall time: who should be drained by then waits for no copies
 */
export function rebalance(
  all: readonly Member[],
  last: Placement,
  settings: StandbySettings = STANDBY_DEFAULT,
  wishes: Wishes = NOTHING_WISHED,
  nowMs = 0,
): Placement {
  const { draining, drainBy, fenced, isFrozen, pins } = wishes
  const members = all.filter(({ id }) => !fenced.includes(id))
  const tasks = tasksOf(members)
  const hosts = hostsOf(members, new Set(draining))
  const copies = new Copies(members, draining)
  const stateful = new Set(members.flatMap((member) => member.stateful))
  const current = isFrozen
    ? whereTheyRun(tasks, last, copies)
    : new Map(Object.entries(last.target))
  const owners = assign(tasks, hosts, current, { copies, pins, isFrozen })
  const overdue = new Set(draining.filter((id) => (drainBy[id] ?? nowMs + 1) <= nowMs))
  const look: Look = { tasks, owners, stateful, copies, last, settings, overdue }
  const grants = grant(look)
  const standbys = standbysOf({ ...look, isFrozen }, hosts, grants)
  if (
    isSame(owners, last.target) &&
    isSame(grants.granted, last.granted) &&
    areSame(standbys, last.standbys)
  ) {
    return last
  }
  return {
    version: last.version + 1,
    target: Object.fromEntries(owners),
    granted: Object.fromEntries(grants.granted),
    standbys: Object.fromEntries(standbys),
  }
}

type Look = Parameters<typeof grant>[0]

/** A move that has not come further than a copy is not gone on with; one that has is ended. */
function whereTheyRun(tasks: readonly TaskSlot[], last: Placement, copies: Copies): Assignment {
  const hosts = new Map(Object.entries(last.target))
  for (const { id, topology } of tasks) {
    const host = last.granted[id]
    if (host !== undefined && copies.canRun(host, topology)) hosts.set(id, host)
  }
  return hosts
}

/** Copies that are to stay, and those needed until others are fresh or a task has moved. */
function standbysOf(
  look: Look & { readonly isFrozen: boolean },
  hosts: readonly HostSlot[],
  { warming }: Grants,
): Map<string, string[]> {
  const { owners, stateful, copies, last, settings, isFrozen } = look
  const tasks = look.tasks.filter(({ id, group }) => stateful.has(group) && owners.has(id))
  const kept: Standbys = placeStandbys({
    ...{ tasks, owners, copies, current: last.standbys, isFrozen },
    count: settings.count,
    hosts: hosts.filter(({ id }) => copies.canCopy(id)),
  })
  const all = new Map<string, string[]>()
  for (const task of tasks) {
    const lasting = kept.get(task.id) ?? []
    const list = [...lasting, ...passing(task, lasting, look)]
    const owner = owners.get(task.id)
    if (owner !== undefined && warming.has(task.id)) list.push(owner)
    if (list.length > 0) all.set(task.id, list)
  }
  return all
}

/** Fresh copies that were there: they stay until those that are to last are as fresh. */
function passing(task: TaskSlot, lasting: readonly string[], look: Look): string[] {
  if (lasting.every((host) => isReady(task, host, look))) return []
  const { owners, copies, last } = look
  return (last.standbys[task.id] ?? []).filter(
    (host) =>
      host !== owners.get(task.id) &&
      !lasting.includes(host) &&
      copies.canRun(host, task.topology) &&
      isReady(task, host, look),
  )
}

/** Every task that some member can run. */
function tasksOf(members: readonly Member[]): TaskSlot[] {
  const groups = new Map<string, { readonly topology: string; readonly count: number }>()
  for (const { topologies } of members) {
    for (const [topology, subtopologies] of Object.entries(topologies)) {
      for (const [subtopology, count] of Object.entries(subtopologies)) {
        const group = `${topology}/${subtopology}`
        const known = groups.get(group)?.count ?? 0
        groups.set(group, { topology, count: Math.max(count, known) })
      }
    }
  }
  return [...groups].flatMap(([group, { topology, count }]) =>
    Array.from({ length: count }, (_, n) => ({ id: `${group}/${n}`, group, topology })),
  )
}

const hostsOf = (members: readonly Member[], draining: ReadonlySet<string>): HostSlot[] =>
  members
    .filter(({ state }) => state === 'active')
    .map(({ id, topologies, capacity, zone }) => {
      const isDraining = draining.has(id)
      return { id, topologies: new Set(Object.keys(topologies)), capacity, isDraining, zone }
    })

const isSame = (a: Assignment, b: Readonly<Record<string, string>>): boolean =>
  a.size === Object.keys(b).length && [...a].every(([task, owner]) => b[task] === owner)

const areSame = (a: Standbys, b: Readonly<Record<string, readonly string[]>>): boolean =>
  a.size === Object.keys(b).length &&
  [...a].every(([task, hosts]) => hosts.join(' ') === b[task]?.join(' '))
