// Which host of a group runs which version of each topology, what of it is active, and what that which is
// not waits for. Pure: read from the documents everybody can read, after the rules of
// actors/coordinator/upgrade.

import { activePlanOf } from '#actors/coordinator/plans'
import { hostsOf, labelOf, standingOf, supporting } from '#actors/coordinator/upgrade'
import { byName } from '#protocols/core/by-name'
import type { Member } from '#protocols/messages/membership'
import { type Marks, marksOf, type PlanShape, wholeMark } from '#protocols/messages/plan-shape'
import type { VersionRow } from '../admin/documents.ts'
import type { GroupLook } from './group-look.ts'

export type VersionsOf = Pick<GroupLook, 'members' | 'plans' | 'wishes'>

/** By topology, the active version first. Fenced hosts are not asked. */
export function versionsOf({ members, plans, wishes }: VersionsOf): readonly VersionRow[] {
  const present = members.filter(({ id }) => !wishes.fenced.includes(id))
  return [...plans].flatMap(([, { shape }]) => rowsOf(shape, present))
}

/** Whether there is a topology of which hosts run several versions. */
export const isMixed = (rows: readonly VersionRow[]): boolean =>
  new Set(rows.map(({ topology }) => topology)).size < rows.length

function rowsOf(shape: PlanShape, members: readonly Member[]): VersionRow[] {
  const { topology } = shape
  const hosts = hostsOf(members, topology)
  const alike = new Map<string, Member[]>()
  for (const host of hosts) {
    const label = labelOf(host, topology)
    alike.set(label, [...(alike.get(label) ?? []), host])
  }
  const rows = [...alike.values()].map((those) => rowOf(shape, those, hosts))
  if (rows.every(({ state }) => state !== 'active')) rows.push(deserted(shape))
  const order = { active: 0, pending: 1, overtaken: 2 } as const
  return rows.sort((a, b) => order[a.state] - order[b.state] || compare(a, b))
}

const compare = (a: VersionRow, b: VersionRow): number => byName(a.version ?? '', b.version ?? '')

function rowOf(shape: PlanShape, those: readonly Member[], all: readonly Member[]): VersionRow {
  const { topology } = shape
  const active = activePlanOf(shape)
  const [first] = those
  const plan = first?.plans?.[topology]
  const state = standingOf(plan, active.marks)
  const marks: Marks | undefined = plan?.is
  const offers = supporting(those.slice(0, 1), { [topology]: active })[0]?.topologies[topology]
  return {
    ...{ topology, state, version: first?.version ?? null },
    shape: marks === undefined ? null : wholeMark(marks),
    hosts: those.map(({ id }) => id),
    supports: countOf(offers ?? {}),
    tasks: countOf(active.tasks),
    blockers:
      state === 'pending'
        ? all.filter((host) => !isAlike(host, marks, topology)).map(({ id }) => id)
        : [],
  }
}

const isAlike = ({ plans }: Member, marks: Marks | undefined, topology: string): boolean => {
  const its = plans?.[topology]?.is
  return its !== undefined && marks !== undefined && wholeMark(its) === wholeMark(marks)
}

/** The active shape, of which no host is there. */
function deserted(shape: PlanShape): VersionRow {
  return {
    ...{ topology: shape.topology, state: 'active', version: shape.version ?? null },
    ...{ shape: wholeMark(marksOf(shape)), hosts: [], supports: 0 },
    ...{ tasks: countOf(activePlanOf(shape).tasks), blockers: [] },
  }
}

const countOf = (tasks: Readonly<Record<string, number>>): number =>
  Object.values(tasks).reduce((sum, count) => sum + count, 0)
