// One look of the coordinator: who is there, what should be where, and what may move now. Pure, and
// level-triggered: it compares what is with what should be, and so needs no memory of what it did.
//
// A task moves in two steps, because two hosts must not work on it at the same time (fencing would
// make that harmless, but not cheap): its target changes, the old host closes it and reports that it
// no longer holds it, and only then the new host is granted it. Tasks that do not move never notice.

import type { Member, Placement } from '#protocols/messages/membership'
import { type Assignment, assign, type HostSlot, type TaskSlot } from './assign.ts'

export const NOTHING_PLACED: Placement = { version: 0, target: {}, granted: {} }

/** The placement that follows from the members; the same object when nothing changes. */
export function rebalance(members: readonly Member[], current: Placement): Placement {
  const owners = assign(tasksOf(members), hostsOf(members), new Map(Object.entries(current.target)))
  const granted = grant(owners, members)
  if (isSame(owners, current.target) && isSame(granted, current.granted)) return current
  return {
    version: current.version + 1,
    target: Object.fromEntries(owners),
    granted: Object.fromEntries(granted),
  }
}

/** A task may run at its target once no other living host holds it. */
function grant(owners: Assignment, members: readonly Member[]): Assignment {
  const holders = new Map<string, string[]>()
  for (const { id, held } of members) {
    for (const task of held) holders.set(task, [...(holders.get(task) ?? []), id])
  }
  return new Map(
    [...owners].filter(([task, owner]) => (holders.get(task) ?? []).every((id) => id === owner)),
  )
}

/** Every task that some member can run. */
function tasksOf(members: readonly Member[]): TaskSlot[] {
  const found = new Map<string, TaskSlot>()
  for (const { topologies } of members) {
    for (const [topology, subtopologies] of Object.entries(topologies)) {
      for (const [subtopology, count] of Object.entries(subtopologies)) {
        const group = `${topology}/${subtopology}`
        for (let partition = 0; partition < count; partition++) {
          const id = `${group}/${partition}`
          found.set(id, { id, group, topology })
        }
      }
    }
  }
  return [...found.values()]
}

const hostsOf = (members: readonly Member[]): HostSlot[] =>
  members
    .filter(({ state }) => state === 'active')
    .map(({ id, topologies }) => ({ id, topologies: new Set(Object.keys(topologies)) }))

const isSame = (a: Assignment, b: Readonly<Record<string, string>>): boolean =>
  a.size === Object.keys(b).length && [...a].every(([task, owner]) => b[task] === owner)
