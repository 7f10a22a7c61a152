// What operators can wish of a group. A wish is state, not a command: whoever leads, now or later, places
// tasks by it. Pure: each wish is a change of the document, which answers what it was given when that says
// so already.

import { byName } from '#protocols/core/by-name'
import { MillraceError } from '#protocols/core/errors'
import type { Wishes } from '#protocols/messages/membership'
import type { GroupLook } from './group-look.ts'

/** Adds the host to those that drain or are fenced, or takes it out. */
export const marking =
  (mark: 'draining' | 'fenced', host: string, isMarked: boolean) =>
  (wishes: Wishes): Wishes => {
    const others = wishes[mark].filter((id) => id !== host)
    if (wishes[mark].includes(host) === isMarked) return wishes
    return { ...wishes, [mark]: isMarked ? [...others, host].sort() : others }
  }

/** @param byMs wall time until when its tasks wait for copies; null: as long as it takes */
export const draining =
  (host: string, byMs: number | null) =>
  (wishes: Wishes): Wishes => {
    const marked = marking('draining', host, true)(wishes)
    if ((marked.drainBy[host] ?? null) === byMs) return marked
    const { [host]: _before, ...drainBy } = marked.drainBy
    return { ...marked, drainBy: byMs === null ? drainBy : { ...drainBy, [host]: byMs } }
  }

/** A host that drains no more has no deadline either. */
export const undraining =
  (host: string) =>
  (wishes: Wishes): Wishes => {
    if (!(host in wishes.drainBy)) return marking('draining', host, false)(wishes)
    const { [host]: _before, ...drainBy } = wishes.drainBy
    return marking('draining', host, false)({ ...wishes, drainBy })
  }

export const freezing =
  (isFrozen: boolean) =>
  (wishes: Wishes): Wishes =>
    wishes.isFrozen === isFrozen ? wishes : { ...wishes, isFrozen }

/** @param host null ends the pin */
export const pinning =
  (task: string, host: string | null) =>
  (wishes: Wishes): Wishes => {
    if ((wishes.pins[task] ?? null) === host) return wishes
    const { [task]: _before, ...pins } = wishes.pins
    return { ...wishes, pins: host === null ? pins : { ...pins, [task]: host } }
  }

/** Tasks that are placed, or pinned. */
export const knownTasks = ({ placement, wishes }: GroupLook): readonly string[] =>
  [...new Set([...Object.keys(placement.target), ...Object.keys(wishes.pins)])].sort(byName)

/** A host that is not there now may be able when it is. @throws MillraceError HOST_UNABLE */
export function checkAble(task: string, to: string, { members }: GroupLook): void {
  const member = members.find(({ id }) => id === to)
  const [topology = ''] = task.split('/')
  if (member !== undefined && !Object.hasOwn(member.topologies, topology)) {
    throw hostUnable(to, topology)
  }
}

const hostUnable = (host: string, topology: string): MillraceError =>
  new MillraceError({
    code: 'HOST_UNABLE',
    what: `host '${host}' does not run topology '${topology}'`,
    hint: 'Name a host whose manifest has it',
  })

/** @param meant the known one that is most like it, where one is */
export const hostUnknown = (
  host: string,
  application: string,
  known: readonly string[],
  meant?: string,
): MillraceError =>
  new MillraceError({
    code: 'HOST_UNKNOWN',
    what: `application '${application}' has no host '${host}'`,
    hint:
      meant !== undefined
        ? `Did you mean ${meant}?`
        : `Hosts: ${known.slice(0, 8).join(', ') || 'none'}`,
  })

/** Hosts that are there, that something was placed at, or that something is wished of. */
export function knownHosts({ members, placement, wishes }: GroupLook): readonly string[] {
  const { target, granted, standbys } = placement
  return [
    ...new Set([
      ...members.map(({ id }) => id),
      ...[target, granted, wishes.pins].flatMap((hosts) => Object.values(hosts)),
      ...Object.values(standbys).flat(),
      ...wishes.draining,
      ...wishes.fenced,
    ]),
  ].sort()
}
