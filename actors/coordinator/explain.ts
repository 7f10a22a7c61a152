// Why a task is where it is: what it waits for while it moves, and why it is not where it is wished.
// Pure: read from the documents everybody can read, after the same rules as `rebalance` and `grant`.

import { byName } from '#protocols/core/by-name'
import type { Member, Placement, Wishes } from '#protocols/messages/membership'
import { Copies } from './copies.ts'

/**
 * `settled`: it runs at its target. `starting`: it may, and is not there yet. `closing`: who ran it has
 * not closed it. `copying`, `queued`: it stays until its target has copied it, or may begin to.
 */
export type Step = 'settled' | 'starting' | 'closing' | 'copying' | 'queued'

export interface TaskPlace {
  readonly id: string
  /** Hosts that run it or have not closed it; fenced ones are not asked. */
  readonly holders: readonly string[]
  readonly target: string
  readonly granted: string | null
  readonly standbys: readonly string[]
  /** Where it is pinned to. */
  readonly pin: string | null
  readonly step: Step
  /** A sentence where there is something to say. */
  readonly why: string | null
}

export interface Group {
  readonly members: readonly Member[]
  readonly placement: Placement
  readonly wishes: Wishes
}

/** Every task that is placed, in order. */
export function explain({ members, placement, wishes }: Group): TaskPlace[] {
  const present = members.filter(({ id }) => !wishes.fenced.includes(id))
  const copies = new Copies(present, wishes.draining)
  const ids = Object.keys(placement.target).sort(byName)
  return ids.map((id) => {
    const target = placement.target[id] ?? ''
    const granted = placement.granted[id] ?? null
    const standbys = placement.standbys[id] ?? []
    const holders = copies.holders(id)
    const pin = wishes.pins[id] ?? null
    const facts = { id, holders, target, granted, standbys, pin }
    const step = stepOf(facts)
    const wish = step === 'settled' ? unmet(facts, copies, wishes) : null
    return { ...facts, step, why: wish ?? wait(facts, step, copies) }
  })
}

type Facts = Omit<TaskPlace, 'step' | 'why'>

function stepOf({ holders, target, granted, standbys }: Facts): Step {
  if (granted === target) return holders.includes(target) ? 'settled' : 'starting'
  if (granted === null) return holders.some((host) => host !== target) ? 'closing' : 'starting'
  return standbys.includes(target) ? 'copying' : 'queued'
}

function wait({ id, holders, target, granted }: Facts, step: Step, copies: Copies): string | null {
  switch (step) {
    case 'settled':
      return null
    case 'starting':
      return `starts at ${target}`
    case 'closing':
      return `goes to ${target} when ${holders.filter((host) => host !== target).join(', ')} closed it`
    case 'queued':
      return `goes from ${granted} to ${target}: others are copied first`
    case 'copying': {
      const lag = copies.lag(id, target)
      const behind = Number.isFinite(lag) ? `${lag} changes behind` : 'begins'
      return `goes from ${granted} to ${target} when that copied it: ${behind}`
    }
  }
}

/** A wish that does not hold of a task that does not move. */
function unmet({ id, target, pin }: Facts, copies: Copies, wishes: Wishes): string | null {
  const { draining, fenced, isFrozen } = wishes
  if (pin !== null && pin !== target) {
    if (isFrozen) return `is pinned to ${pin}, and goes there when the freeze is over`
    if (fenced.includes(pin)) return `is pinned to ${pin}, which is fenced`
    if (draining.includes(pin)) return `is pinned to ${pin}, which drains`
    if (!copies.canRun(pin, id)) return `is pinned to ${pin}, which cannot run it`
    return `is pinned to ${pin}`
  }
  if (!draining.includes(target)) return null
  if (isFrozen) return `${target} drains, when the freeze is over`
  return `${target} drains, and no other host can run it`
}
