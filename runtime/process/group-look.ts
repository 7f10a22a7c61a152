// The group as anybody sees it who can reach the broker, and the one thing of it that operators write: no
// host need run.

import type { KeyEntry, Keys } from '#protocols/broker/broker'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import {
  applicationKeys,
  assignmentKey,
  decodeLease,
  decodeMember,
  decodePlacement,
  encodeDocument,
  hostsPrefix,
  leaseKey,
  type Member,
  NOTHING_PLACED,
  type Placement,
  plansPrefix,
  type Wishes,
  wishesKey,
  wishesOf,
  wishFor,
} from '#protocols/messages/membership'
import { decodePlanShape, type PlanShape } from '#protocols/messages/plan-shape'

/** One look at the documents of an application. */
export interface GroupLook {
  readonly application: string
  /** The host that leads, or null while nobody does. */
  readonly coordinator: string | null
  readonly members: readonly Member[]
  readonly placement: Placement
  readonly wishes: Wishes
  /** The active shapes of topologies. */
  readonly plans: ReadonlyMap<string, KeptPlan>
}

export interface KeptPlan {
  readonly shape: PlanShape
  readonly revision: number
}

/** Applications of which hosts have run here, sorted. */
export async function applicationsIn(keys: Keys): Promise<readonly string[]> {
  const found = [...(await keys.list('')).keys()].map((key) => key.split('/'))
  const names = found.filter(([, kind]) => kind === 'assignment').map(([name = '']) => name)
  return [...new Set(names)].sort()
}

/** @throws MillraceError APPLICATION_UNKNOWN */
export async function lookAt(keys: Keys, application: string): Promise<GroupLook> {
  const found = await keys.list(applicationKeys(application))
  if (found.size > 0) return lookIn(found, application)
  throw applicationUnknown(application, await applicationsIn(keys))
}

/** @param found keys of the application */
export function lookIn(found: ReadonlyMap<string, KeyEntry>, application: string): GroupLook {
  const [lease, placed] = [leaseKey, assignmentKey].map((key) => found.get(key(application)))
  const prefix = hostsPrefix(application)
  return {
    application,
    coordinator: lease === undefined ? null : decodeLease(lease.value).host,
    members: [...found]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, { value }]) => decodeMember(value)),
    placement: placed === undefined ? NOTHING_PLACED : decodePlacement(placed.value),
    wishes: wishesOf(found.get(wishesKey(application)) ?? null),
    plans: plansIn(found, application),
  }
}

interface Away {
  readonly id: string
  readonly wish: 'draining' | 'fenced'
}

/** Hosts that are not there, and something is wished of. */
export function awayOf({ members, wishes }: Pick<GroupLook, 'members' | 'wishes'>): Away[] {
  const there = new Set(members.map(({ id }) => id))
  const wished = [...new Set([...wishes.draining, ...wishes.fenced])]
  return wished.sort().flatMap((id) => {
    const wish = wishFor(wishes, id)
    return wish === null || there.has(id) ? [] : [{ id, wish }]
  })
}

function plansIn(
  found: ReadonlyMap<string, KeyEntry>,
  application: string,
): ReadonlyMap<string, KeptPlan> {
  const prefix = plansPrefix(application)
  const plans = [...found].filter(([key]) => key.startsWith(prefix))
  return new Map(
    plans.map(([key, { value, revision }]) => [
      key.slice(prefix.length),
      { shape: decodePlanShape(value), revision },
    ]),
  )
}

/**
 * Rewrites the wishes by compare-and-set, so that two operators at once are both heard. A change that
 * answers what it was given writes nothing.
 */
export async function changeWishes(
  keys: Keys,
  application: string,
  change: (wishes: Wishes) => Wishes,
): Promise<Wishes> {
  const key = wishesKey(application)
  for (;;) {
    const found = await keys.get(key)
    const before = wishesOf(found)
    const after = change(before)
    if (after === before) return before
    try {
      await keys.put(key, encodeDocument(after), { expect: found?.revision ?? 'absent' })
      return after
    } catch (error) {
      // Somebody else wished something meanwhile: it is added to that.
      if (!isMillraceError(error, 'KEY_CONFLICT')) throw error
    }
  }
}

const applicationUnknown = (application: string, known: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'APPLICATION_UNKNOWN',
    what: `no host of application '${application}' has run here`,
    hint:
      known.length > 0
        ? `Say one of ${known.join(', ')} with --app`
        : 'Say which one with --app; a host of it starts with: millrace host millrace.yaml',
  })
