// Why a placement is not the last one, in a few words, and how much of it moves. Pure: told from the two
// and from what they were made of, so a coordinator that was just elected knows as much as any.

import { plural } from '#protocols/core/plural'
import type { Member, Placement, Wishes } from '#protocols/messages/membership'

export interface Seen {
  readonly members: readonly Member[]
  readonly wishes: Wishes
}

/** E.g. `one is gone, three takes part`. */
export function causeOf(last: Placement, next: Placement, seen: Seen): string {
  const words = [
    ...given(last, next, seen),
    ...taking(last, next),
    ...(countOf(pinned(last, next, seen), 'pinned') ?? []),
    ...(countOf(idsNotIn(next, last), 'new') ?? []),
    ...(countOf(idsNotIn(last, next), 'ended') ?? []),
    ...(JSON.stringify(last.active) === JSON.stringify(next.active) ? [] : ['shapes changed']),
  ]
  if (words.length > 0) return words.join(', ')
  return moved(last, next).length > 0 ? 'balance' : 'a step of a rebalance'
}

/** Tasks that have another target than before, or a first one. */
export const moved = (last: Placement, next: Placement): string[] =>
  Object.entries(next.target).flatMap(([id, host]) => (last.target[id] === host ? [] : [id]))

/** Tasks that are not granted to their target yet. */
export const waiting = ({ target, granted }: Placement): string[] =>
  Object.entries(target).flatMap(([id, host]) => (granted[id] === host ? [] : [id]))

/** Hosts that tasks are taken from, where it is known why. */
function given(last: Placement, next: Placement, { members, wishes }: Seen): string[] {
  const from = new Set(moved(last, next).flatMap((id) => last.target[id] ?? []))
  return [...from].sort().flatMap((host) => {
    const member = members.find(({ id }) => id === host)
    if (wishes.fenced.includes(host)) return [`${host} is fenced`]
    if (member === undefined) return [`${host} is gone`]
    if (member.state === 'draining') return [`${host} leaves`]
    return wishes.draining.includes(host) ? [`${host} drains`] : []
  })
}

/** Hosts that have tasks and had none. */
function taking(last: Placement, next: Placement): string[] {
  const before = new Set(Object.values(last.target))
  const now = new Set(Object.values(next.target))
  return [...now].filter((host) => !before.has(host)).map((host) => `${host} takes part`)
}

const pinned = (last: Placement, next: Placement, { wishes }: Seen): string[] =>
  moved(last, next).filter((id) => wishes.pins[id] === next.target[id])

const idsNotIn = (one: Placement, other: Placement): string[] =>
  Object.keys(one.target).filter((id) => other.target[id] === undefined)

const countOf = (ids: readonly string[], word: string): string[] | null =>
  ids.length === 0 ? null : [`${plural(ids.length, 'task')} ${word}`]
