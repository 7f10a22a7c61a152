// What a look at the documents and the machine tells of trouble, as checks with a result and a hint. Pure:
// who asks brings what was seen. A check of which nothing can be said is skipped, not well.

import { factsOf } from '#protocols/core/error-facts'
import { MillraceError } from '#protocols/core/errors'
import type { GroupLook } from './group-look.ts'

export interface Check {
  readonly name: string
  /** `notice`: it may be meant so, or be trouble to come. */
  readonly result: 'well' | 'notice' | 'wrong' | 'skipped'
  readonly what: string
  readonly hint: string | null
}

/** Clocks of machines that are kept are nearer than this. */
const SKEW_MS = 2000
const FILES_LEAST = 4096
const NODE_LEAST = 20
const FREE_NOTICE = { bytes: 2e9, share: 0.1 }
const FREE_WRONG = { bytes: 2e8, share: 0.01 }

const check =
  (result: Check['result']) =>
  (name: string, what: string, hint: string | null = null): Check => ({ name, result, what, hint })
export const well = check('well')
export const notice = check('notice')
export const wrong = check('wrong')
export const skipped = check('skipped')

/** What a try came to: what it answered, or what it threw. */
export async function attempted(name: string, run: () => Promise<string>): Promise<Check> {
  try {
    return well(name, await run())
  } catch (thrown) {
    return refused(name, thrown)
  }
}

export function refused(name: string, thrown: unknown): Check {
  const { hint, ...facts } = factsOf(thrown)
  return wrong(name, `${new MillraceError(facts).message} [${facts.code}]`, hint ?? null)
}

export function checkNode(version: string): Check {
  const [major = '0'] = version.split('.')
  if (Number(major) >= NODE_LEAST) return well('node', version)
  return wrong('node', version, `Millrace needs Node ${NODE_LEAST} or newer`)
}

/** @param limit files a process may have open; null where that is not known */
export function checkFiles(limit: number | null): Check {
  if (limit === null) return skipped('files', 'the limit of open files is not known here')
  if (limit >= FILES_LEAST) return well('files', `${limit} may be open`)
  const hint = `Each task with a store has some open: raise it to ${FILES_LEAST}, ulimit -n`
  return notice('files', `${limit} may be open`, hint)
}

/** @param name of the check; two directories may lie on two disks */
export function checkDisk(name: string, free: number, size: number): Check {
  const what = `${(free / 1e9).toFixed(1)} GB free of ${(size / 1e9).toFixed(1)} GB`
  const isBelow = ({ bytes, share }: typeof FREE_WRONG): boolean =>
    free < bytes && free < share * size
  const hint = 'A disk that is full stops every commit: make room, or give topics a retention'
  if (isBelow(FREE_WRONG)) return wrong(name, what, hint)
  return isBelow(FREE_NOTICE) ? notice(name, what, hint) : well(name, what)
}

export interface GroupFacts {
  readonly group: GroupLook
  /** Members whose process is no more. */
  readonly gone: readonly string[]
  /** Members that one of them asked, and that did not answer. */
  readonly silent: readonly string[]
  /** The topology that is being reset, empty: all of it; null: none is. */
  readonly reset: string | null
  /** Internal topics that nothing uses any more. */
  readonly orphans: readonly string[]
  /** Directories of state on this machine, by the ids of their hosts. */
  readonly stateOf: readonly string[]
  /** The newest time each host told, wall time by its own clock. */
  readonly told: ReadonlyMap<string, number>
  readonly nowMs: number
}

export function checkGroup(facts: GroupFacts): readonly Check[] {
  return [
    checkReset(facts),
    checkLease(facts),
    checkMembers(facts),
    ...checkWishes(facts),
    checkClocks(facts),
    checkState(facts),
    checkTopics(facts),
  ]
}

function checkReset({ group: { application }, reset }: GroupFacts): Check {
  if (reset === null) return well('reset', 'none is unfinished')
  const of = reset === '' ? '' : ` --topology ${reset}`
  const hint = `Finish it with: millrace reset ${application}${of} --yes`
  return wrong('reset', 'one was begun and not finished: no host starts', hint)
}

/** The lease is forgotten when nobody renews it, so one that is there was. */
function checkLease({ group: { coordinator, members } }: GroupFacts): Check {
  if (members.length === 0) return skipped('coordinator', 'no host runs')
  if (coordinator === null) {
    const hint = 'One is elected within a session time-out; hosts that cannot say why in their logs'
    return wrong('coordinator', 'no host holds the lease: nothing is placed', hint)
  }
  if (members.some(({ id }) => id === coordinator)) return well('coordinator', coordinator)
  const what = `${coordinator} holds the lease and is no member`
  return notice('coordinator', what, 'It left or died, and another follows when its lease expires')
}

function checkMembers({ group: { members }, gone, silent }: GroupFacts): Check {
  if (members.length === 0) return skipped('hosts', 'no host runs')
  if (silent.length > 0) {
    const hint = 'It may hang or be cut off: millrace hosts fence takes it for gone'
    return wrong('hosts', `${silent.join(', ')} did not answer`, hint)
  }
  if (gone.length > 0) {
    const hint = 'The coordinator forgets it within a session time-out, and others get its tasks'
    return notice('hosts', `the process of ${gone.join(', ')} is no more`, hint)
  }
  return well('hosts', members.map(({ id }) => id).join(', '))
}

function checkWishes({ group: { members, wishes } }: GroupFacts): readonly Check[] {
  const isAway = (id: string): boolean => members.every((member) => member.id !== id)
  const { draining, fenced, isFrozen, pins } = wishes
  const away = [...new Set([...draining, ...fenced, ...Object.values(pins)])].filter(isAway).sort()
  const frozen = isFrozen
    ? [notice('freeze', 'the placement is frozen', 'End it with: millrace rebalance unfreeze')]
    : []
  if (away.length === 0) return [...frozen, well('wishes', 'each is of a host that runs')]
  const hint = 'Let it take part again with undrain, unfence or unpin, if it is not to come back'
  return [
    ...frozen,
    notice('wishes', `something is wished of ${away.join(', ')}, not running`, hint),
  ]
}

/** Only a clock that is ahead can be told: what is late may simply be long ago. */
function checkClocks({ group: { members }, told, nowMs }: GroupFacts): Check {
  const newest = new Map(told)
  for (const { id, startedAt } of members) {
    newest.set(id, Math.max(newest.get(id) ?? 0, startedAt))
  }
  if (newest.size === 0) return skipped('clocks', 'no host told a time')
  const ahead = [...newest].filter(([, atMs]) => atMs > nowMs + SKEW_MS)
  if (ahead.length === 0) return well('clocks', 'none was ahead of this machine')
  const each = ahead.map(([id, atMs]) => `${id} by ${Math.round((atMs - nowMs) / 1000)} s or more`)
  const hint = 'Keep the clocks of machines together with NTP: times of records come from them'
  return wrong('clocks', `ahead of this machine: ${each.join(', ')}`, hint)
}

function checkState({ group: { members }, stateOf }: GroupFacts): Check {
  if (members.length === 0) return skipped('state', 'no host runs')
  const orphans = stateOf.filter((id) => members.every((member) => member.id !== id))
  if (orphans.length === 0) return well('state', 'each directory is of a host that runs')
  const hint = 'Remove the directories of hosts that will not come back; they would be copied anew'
  return notice('state', `kept for hosts that do not run: ${orphans.sort().join(', ')}`, hint)
}

function checkTopics({ group: { members }, orphans }: GroupFacts): Check {
  if (members.length === 0) return skipped('topics', 'no host runs')
  if (orphans.length === 0) return well('topics', 'each internal topic is of a topology')
  const hint = 'Look, and drop them, with: millrace topics --orphaned'
  return notice('topics', `no topology has them any more: ${[...orphans].sort().join(', ')}`, hint)
}
