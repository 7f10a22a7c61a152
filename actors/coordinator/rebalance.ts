// One look of the coordinator: who is there, what should be where, and what may move now. Pure, and
// level-triggered: it compares what is with what should be, and so needs no memory of what it did but
// the last placement.
//
//   supporting      who can run what, where hosts are of several versions
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
import { type ActivePlans, NOTHING_ACTIVE, outgoing, supporting } from './upgrade.ts'

/** What a placement follows from beside the members; default: nothing is wished, known or late. */
export interface Circumstances {
  readonly settings?: StandbySettings
  readonly wishes?: Wishes
  readonly plans?: ActivePlans
  /** Wall time: who should be drained by then waits for no copies. */
  readonly nowMs?: number
}

/** The placement that follows from the members; the same object when nothing changes. */
export function rebalance(
  all: readonly Member[],
  last: Placement,
  { settings = STANDBY_DEFAULT, ...given }: Circumstances = {},
): Placement {
  const { wishes = NOTHING_WISHED, plans = NOTHING_ACTIVE, nowMs = 0 } = given
  const { draining, drainBy, fenced, isFrozen, pins } = wishes
  const present = all.filter(({ id }) => !fenced.includes(id))
  const members = supporting(present, plans)
  const units = unitsOf(members)
  const tasks = tasksOf(members, units)
  const hosts = hostsOf(members, new Set(draining), units)
  const going = outgoing(present)
  const copies = new Copies(members, draining)
  const stateful = new Set(members.flatMap((member) => member.stateful))
  const current = isFrozen
    ? whereTheyRun(tasks, last, copies)
    : new Map(Object.entries(last.target))
  const owners = assign(tasks, hosts, current, { copies, pins, isFrozen, outgoing: going })
  const overdue = new Set(draining.filter((id) => (drainBy[id] ?? nowMs + 1) <= nowMs))
  const look: Look = { tasks, owners, stateful, copies, last, settings, overdue }
  const grants = grant(look)
  const standbys = standbysOf({ ...look, isFrozen, isSteady: going.size > 0 }, hosts, grants)
  const active = marksOf(plans)
  if (
    JSON.stringify(active) === JSON.stringify(last.active) &&
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
    ...(active === undefined ? {} : { active }),
  }
}

/** In order, so that what is equal looks equal; undefined when no shape was asked for. */
function marksOf(plans: ActivePlans): Placement['active'] {
  const entries = Object.entries(plans).sort(byName)
  if (entries.length === 0) return undefined
  return Object.fromEntries(
    entries.map(([name, { marks }]) => [
      name,
      Object.fromEntries(Object.entries(marks).sort(byName)),
    ]),
  )
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

type Look = Parameters<typeof grant>[0]

/** A move that has not come further than a copy is not gone on with; one that has is ended. */
function whereTheyRun(tasks: readonly TaskSlot[], last: Placement, copies: Copies): Assignment {
  const hosts = new Map(Object.entries(last.target))
  for (const { id, group } of tasks) {
    const host = last.granted[id]
    if (host !== undefined && copies.canRun(host, group)) hosts.set(id, host)
  }
  return hosts
}

/** Copies that are to stay, and those needed until others are fresh or a task has moved. */
function standbysOf(
  look: Look & { readonly isFrozen: boolean; readonly isSteady: boolean },
  hosts: readonly HostSlot[],
  { warming }: Grants,
): Map<string, string[]> {
  const { owners, stateful, copies, last, settings, isFrozen, isSteady } = look
  const tasks = look.tasks.filter(({ id, group }) => stateful.has(group) && owners.has(id))
  const kept: Standbys = placeStandbys({
    ...{ tasks, owners, copies, current: last.standbys, isFrozen, isSteady },
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
      copies.canRun(host, task.group) &&
      isReady(task, host, look),
  )
}

/** Every task that some member can run. */
function tasksOf(members: readonly Member[], units: Units): TaskSlot[] {
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
    Array.from({ length: count }, (_, n) => {
      return { id: `${group}/${n}`, group, topology, unit: units.get(group) }
    }),
  )
}

const groupsOf = ({ topologies }: Member): readonly string[] =>
  Object.entries(topologies).flatMap(([topology, subtopologies]) =>
    Object.keys(subtopologies).map((subtopology) => `${topology}/${subtopology}`),
  )

/** `topology/sub-topology` to what it is evened out with. */
type Units = ReadonlyMap<string, string>

/** A topology is one unit, unless some of its hosts can run only a part of what others can. */
function unitsOf(members: readonly Member[]): Units {
  const parts = new Map<string, Set<string>>()
  for (const [topology, tasks] of members.flatMap((member) => Object.entries(member.topologies))) {
    const known = parts.get(topology) ?? new Set()
    for (const subtopology of Object.keys(tasks)) known.add(subtopology)
    parts.set(topology, known)
  }
  const isWhole = (topology: string, count: number): boolean =>
    members.every(({ topologies }) => {
      const mine = topologies[topology]
      return mine === undefined || Object.keys(mine).length === count
    })
  return new Map(
    [...parts].flatMap(([topology, known]) => {
      const unit = isWhole(topology, known.size) ? topology : null
      return [...known].map((subtopology) => {
        const group = `${topology}/${subtopology}`
        return [group, unit ?? group] as const
      })
    }),
  )
}

const hostsOf = (
  members: readonly Member[],
  draining: ReadonlySet<string>,
  units: Units,
): HostSlot[] =>
  members
    .filter(({ state }) => state === 'active')
    .map((member) => {
      const { id, capacity, zone } = member
      const mine = new Set(groupsOf(member).map((group) => units.get(group) ?? group))
      return { id, units: mine, capacity, isDraining: draining.has(id), zone }
    })

const isSame = (a: Assignment, b: Readonly<Record<string, string>>): boolean =>
  a.size === Object.keys(b).length && [...a].every(([task, owner]) => b[task] === owner)

const areSame = (a: Standbys, b: Readonly<Record<string, readonly string[]>>): boolean =>
  a.size === Object.keys(b).length &&
  [...a].every(([task, hosts]) => hosts.join(' ') === b[task]?.join(' '))
