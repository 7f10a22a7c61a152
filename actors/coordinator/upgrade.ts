// Hosts of several versions of a program in one group: who can run what, and when the group goes over.
// Pure, over the members and the shapes that are active.
//
//   1. A host can run a task whose sub-topology has the active shape in its program too; where its program
//      was never compared with the active shape, it can run nothing of the topology.
//   2. What a new shape has more begins when that shape is active.
//   3. A shape becomes active when every host of the topology has it, each having compared it with the one
//      that is active now; else when an operator says so.
//   4. While hosts of a topology differ, its tasks stay where they can; those that cannot go to hosts of
//      the version that comes in, which is that of the host that started last: forwards as well as back.
// A host that says nothing of shapes is of a version of Millrace that replaced them at once: it is taken
// to have the active one, and none that waits.

import type { Member } from '#protocols/messages/membership'
import { areSameMarks, isSameMark, type Marks } from '#protocols/messages/plan-shape'

/** The active shape of a topology, by its marks, and how many tasks each sub-topology has. */
export interface ActivePlan {
  readonly marks: Marks
  readonly tasks: Readonly<Record<string, number>>
}

/** By topology; one that is not there is run by whoever offers it. */
export type ActivePlans = Readonly<Record<string, ActivePlan>>

export const NOTHING_ACTIVE: ActivePlans = {}

/**
 * `active`: it has the active shape; `pending`: it was compared with it and has another; `overtaken`:
 * it was compared with one that is not active any more.
 */
export type Standing = 'active' | 'pending' | 'overtaken'

/** What a host's program is to the active shape of a topology. */
export function standingOf(plan: MemberPlan | undefined, active: Marks | undefined): Standing {
  if (plan === undefined || active === undefined) return 'active'
  if (areSameMarks(plan.is, active)) return 'active'
  return plan.on !== undefined && areSameMarks(plan.on, active) ? 'pending' : 'overtaken'
}

export type MemberPlan = NonNullable<Member['plans']>[string]

/** The members as if they offered only what each can run now. */
export function supporting(members: readonly Member[], active: ActivePlans): readonly Member[] {
  return members.map((member) => {
    const topologies = Object.entries(member.topologies).map(
      ([topology, offered]) =>
        [topology, supported(member, topology, offered, active[topology])] as const,
    )
    const some = topologies.filter(([, tasks]) => Object.keys(tasks).length > 0)
    const all = Object.fromEntries(some)
    // What keeps nothing in the active shape has no copies to wait for, whatever it keeps in another.
    const stateful = member.stateful.filter((group) => {
      const [topology = '', subtopology = ''] = group.split('/')
      return all[topology]?.[subtopology] !== undefined
    })
    return { ...member, topologies: all, stateful }
  })
}

function supported(
  { plans }: Member,
  topology: string,
  offered: Readonly<Record<string, number>>,
  active: ActivePlan | undefined,
): Readonly<Record<string, number>> {
  const plan = plans?.[topology]
  if (active === undefined || plan === undefined) return offered
  if (standingOf(plan, active.marks) === 'overtaken') return {}
  const shared = Object.entries(active.tasks).filter(([subtopology]) =>
    isSameMark(plan.is[subtopology], active.marks[subtopology]),
  )
  return Object.fromEntries(shared)
}

export interface Promotion {
  readonly topology: string
  /** Of the shape that becomes active. */
  readonly marks: Marks
}

/** Shapes that become active now. */
export function promotions(members: readonly Member[], active: ActivePlans): readonly Promotion[] {
  return Object.entries(active).flatMap(([topology, { marks }]): Promotion[] => {
    const plans = hostsOf(members, topology).map(({ plans }) => plans?.[topology])
    const next = plans[0]?.is
    if (next === undefined) return []
    const isWaiting = (plan: MemberPlan | undefined): boolean =>
      plan !== undefined && standingOf(plan, marks) === 'pending' && areSameMarks(plan.is, next)
    return plans.every(isWaiting) ? [{ topology, marks: next }] : []
  })
}

/** By topology whose hosts differ: those of them that are not of the version that comes in. */
export type Outgoing = ReadonlyMap<string, ReadonlySet<string>>

export function outgoing(members: readonly Member[]): Outgoing {
  const topologies = new Set(members.flatMap(({ topologies }) => Object.keys(topologies)))
  const differing = [...topologies].map((topology) => {
    const hosts = hostsOf(members, topology)
    const comes = labelOf(latest(hosts), topology)
    const others = hosts.filter((host) => labelOf(host, topology) !== comes)
    return [topology, new Set(others.map(({ id }) => id))] as const
  })
  return new Map(differing.filter(([, hosts]) => hosts.size > 0))
}

export const hostsOf = (members: readonly Member[], topology: string): readonly Member[] =>
  members.filter(({ topologies }) => Object.hasOwn(topologies, topology))

function latest(hosts: readonly Member[]): Member | undefined {
  const isLater = (a: Member, b: Member): boolean =>
    a.startedAt > b.startedAt || (a.startedAt === b.startedAt && a.id > b.id)
  return hosts.reduce<Member | undefined>(
    (last, host) => (last === undefined || isLater(host, last) ? host : last),
    undefined,
  )
}

/** Equal for hosts of one version with one shape. */
export function labelOf(member: Member | undefined, topology: string): string {
  const marks = member?.plans?.[topology]?.is
  const shape = marks === undefined ? null : Object.entries(marks).sort(byName)
  return JSON.stringify([member?.version ?? null, shape])
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : a > b ? 1 : 0
