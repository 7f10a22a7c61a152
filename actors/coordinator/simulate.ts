// Where tasks would be if hosts were gone or added. Pure: the placement that `rebalance` would make, beside
// the one that it would make now, so that what is on its way anyway is no part of the difference.

import { byName } from '#protocols/core/by-name'
import type { Member } from '#protocols/messages/membership'
import type { Group } from './explain.ts'
import { rebalance } from './rebalance.ts'
import type { ActivePlans } from './upgrade.ts'

export interface Change {
  /** Hosts that are gone. */
  readonly without: readonly string[]
  readonly joining: readonly Member[]
}

export interface Simulation {
  /** In order; `to` is null where nobody could run it. */
  readonly moves: readonly {
    readonly task: string
    readonly from: string | null
    readonly to: string | null
  }[]
  /** Tasks of each host, without the change and with it. */
  readonly hosts: readonly { readonly host: string; readonly now: number; readonly after: number }[]
}

export function simulate(
  { members, placement, wishes }: Group,
  plans: ActivePlans,
  { without, joining }: Change,
): Simulation {
  const now = rebalance(members, placement, { wishes, plans })
  const others = [...members.filter(({ id }) => !without.includes(id)), ...joining]
  const then = rebalance(others, now, { wishes, plans })
  const tasks = [...new Set([...Object.keys(now.target), ...Object.keys(then.target)])]
  const hosts = [...new Set([...members, ...joining].map(({ id }) => id))].sort()
  return {
    moves: tasks
      .sort(byName)
      .map((task) => {
        return { task, from: now.target[task] ?? null, to: then.target[task] ?? null }
      })
      .filter(({ from, to }) => from !== to),
    hosts: hosts.map((host) => {
      return { host, now: held(now.target, host), after: held(then.target, host) }
    }),
  }
}

const held = (target: Readonly<Record<string, string>>, host: string): number =>
  Object.values(target).filter((owner) => owner === host).length
