// What operators do to a group by a wish: each deed once, as the record of events has it, with the change of
// the wishes that it is. The command line does them itself; the dashboard and the console name them to a host.

import type { Wishes } from '#protocols/messages/membership'
import type { GroupLook } from './group-look.ts'
import { draining, freezing, marking, pinning, undraining } from './wishes.ts'

export interface WishDeed {
  /** Of the catalogue of events. */
  readonly code: string
  readonly message: string
  readonly facts: Readonly<Record<string, string | undefined>>
  readonly change: (wishes: Wishes) => Wishes
}

type HostDeed = (host: string) => WishDeed

/** What is wished of a host, and the end of it. */
export const HOST_DEEDS = {
  drain: (host) => drainDeed(host, null),
  undrain: (host) => ({
    ...{ code: 'UNDRAIN', message: `host ${host} does not drain any more`, facts: { host } },
    change: undraining(host),
  }),
  fence: (host) => ({
    ...{ code: 'FENCE', message: `host ${host} is fenced`, facts: { host } },
    change: marking('fenced', host, true),
  }),
  unfence: (host) => ({
    ...{ code: 'UNFENCE', message: `host ${host} is not fenced any more`, facts: { host } },
    change: marking('fenced', host, false),
  }),
} as const satisfies Readonly<Record<string, HostDeed>>

/** @param byMs wall time until when its tasks wait for copies; null: as long as it takes */
export const drainDeed = (host: string, byMs: number | null): WishDeed => {
  const by = byMs === null ? '' : ` by ${new Date(byMs).toISOString()}`
  const message = `host ${host} is to drain${by}`
  return { code: 'DRAIN', message, facts: { host }, change: draining(host, byMs) }
}

export const moveDeed = (task: string, to: string, { placement }: GroupLook): WishDeed => ({
  ...{ code: 'MOVE', message: `${task} is pinned to ${to}` },
  facts: { task, from: placement.target[task], to },
  change: pinning(task, to),
})

export const unpinDeed = (task: string, { wishes }: GroupLook): WishDeed => {
  const host = wishes.pins[task]
  const message = `${task} is not pinned ${host === undefined ? '' : `to ${host} `}any more`
  return { code: 'UNPIN', message, facts: { task, host }, change: pinning(task, null) }
}

export const freezeDeed = (isFrozen: boolean): WishDeed => ({
  ...{ code: isFrozen ? 'FREEZE' : 'UNFREEZE', facts: {} },
  message: `the placement is ${isFrozen ? '' : 'not '}frozen`,
  change: freezing(isFrozen),
})

/** The names of all of them, as an order over the admin API has them. */
export const WISH_VERBS = [
  ...(['drain', 'undrain', 'fence', 'unfence'] as const),
  ...(['move', 'unpin', 'freeze', 'unfreeze'] as const),
] as const

export type WishVerb = (typeof WISH_VERBS)[number]

/** An order to a host to wish something. */
export interface WishOrder {
  readonly wish: WishVerb
  /** Of `drain` and `fence`, and their ends; of `move`: who is to run the task. */
  readonly host?: string
  /** Of `move` and `unpin`. */
  readonly task?: string
}
