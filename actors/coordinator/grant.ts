// Who may run each task now. A task moves in steps, because two hosts must not work on it at the same
// time (fencing would make that harmless, but not cheap), and because nobody should wait for its state:
//
//   it runs elsewhere, and its target has no fresh copy   it stays, and the target copies it: a warm-up
//   the target's copy is fresh                            it is granted to nobody until it was closed
//   nobody runs it                                        to the target; to the freshest copy, if that of
//                                                         the target is not fresh: it is lent
//
// A task without state, one of a host that should be drained by now, and one whose target is of a version that copies nothing, moves without the
// first step. Every decision reads only the members and the last placement. None of them waits for a
// copy alone: when whoever runs the task is gone, somebody is granted it at once.

import type { Placement } from '#protocols/messages/membership'
import type { Assignment, TaskSlot } from './assign.ts'
import type { Copies } from './copies.ts'
import type { StandbySettings } from './standbys.ts'

export interface GrantRequest {
  readonly tasks: readonly TaskSlot[]
  readonly owners: Assignment
  /** Groups of tasks that keep something. */
  readonly stateful: ReadonlySet<string>
  readonly copies: Copies
  readonly last: Placement
  readonly settings: StandbySettings
  /** Hosts that keep nothing for want of a copy any more; default: none. */
  readonly overdue?: ReadonlySet<string> | undefined
}

export interface Grants {
  readonly granted: Assignment
  /** Tasks on their way to a target that should copy them now. */
  readonly warming: ReadonlySet<string>
}

export function grant(request: GrantRequest): Grants {
  const granted = new Map<string, string>()
  const warming = new Set<string>()
  const waiting: string[] = []
  let room = request.settings.warmups
  for (const task of request.tasks) {
    const owner = request.owners.get(task.id)
    if (owner === undefined) continue
    const host = granteeOf(task, owner, request)
    if (host !== null) granted.set(task.id, host)
    if (host === owner || !request.stateful.has(task.group)) continue
    // What has begun goes on, until the task is granted: what was copied is not thrown away half way.
    if (request.last.standbys[task.id]?.includes(owner)) {
      warming.add(task.id)
      if (!isReady(task, owner, request)) room--
    } else if (host !== null) waiting.push(task.id)
  }
  for (const task of waiting.sort().slice(0, Math.max(0, room))) warming.add(task)
  return { granted, warming }
}

/** A host whose copy is fresh enough to take the task over, and one that cannot have one. */
export function isReady(
  { id, group }: TaskSlot,
  host: string,
  { stateful, copies, settings }: Pick<GrantRequest, 'stateful' | 'copies' | 'settings'>,
): boolean {
  if (!stateful.has(group) || !copies.canCopy(host)) return true
  return copies.lag(id, host) <= settings.acceptableLag
}

function granteeOf(task: TaskSlot, owner: string, request: GrantRequest): string | null {
  const { copies, last, stateful } = request
  const before = last.granted[task.id]
  const isHeldBeside = (host: string): boolean => copies.holders(task.id).some((id) => id !== host)
  const isIncumbent =
    before !== undefined &&
    before !== owner &&
    request.overdue?.has(before) !== true &&
    stateful.has(task.group) &&
    copies.canGoOn(before, task.group)
  if (isIncumbent && !isReady(task, owner, request)) return before
  // Who holds it as well came late, or was fenced when it was granted: the log decides.
  if (before === owner) return owner
  if (isHeldBeside(owner)) return null
  return stateful.has(task.group) ? freshest(task, owner, request) : owner
}

/** The owner when its copy is fresh, or as fresh as any; else whoever has the freshest. */
function freshest(task: TaskSlot, owner: string, request: GrantRequest): string {
  if (isReady(task, owner, request)) return owner
  const { copies } = request
  const best = copies.of(task.id).find(({ host }) => copies.mayTake(host, task.group))
  return best === undefined || best.lag >= copies.lag(task.id, owner) ? owner : best.host
}
