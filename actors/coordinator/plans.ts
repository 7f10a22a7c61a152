// The active shapes of an application's topologies, in the coordination map: read with every look of the
// coordinator, and replaced when all hosts of a topology have another (`promotions`) or an operator says
// so.
//
// Invariant: an active shape is replaced only by compare-and-set on the one that hosts compared theirs
// with, so that nothing becomes active that was compared with something else.

import type { KeyEntry, Keys } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { type Member, planKey, plansPrefix, shapeKey } from '#protocols/messages/membership'
import {
  decodePlanShape,
  type Marks,
  marksOf,
  type PlanShape,
  wholeMark,
} from '#protocols/messages/plan-shape'
import { type ActivePlan, type ActivePlans, type Promotion, promotions } from './upgrade.ts'

export class Plans {
  readonly #keys: Keys
  readonly #application: string
  readonly #log: Logger

  constructor(keys: Keys, application: string, log: Logger) {
    this.#keys = keys
    this.#application = application
    this.#log = log
  }

  /** What is active, now that whatever these members are all ready for has become so. */
  async activeFor(
    members: readonly Member[],
    found: ReadonlyMap<string, KeyEntry>,
  ): Promise<ActivePlans> {
    const due = promotions(members, activeOf(found))
    if (due.length === 0) return activeOf(found)
    for (const promotion of due) await this.#promote(promotion, found)
    return activeOf(await this.read())
  }

  /** Active shapes, by topology. */
  async read(): Promise<ReadonlyMap<string, KeyEntry>> {
    const prefix = plansPrefix(this.#application)
    const found = await this.#keys.list(prefix)
    return new Map([...found].map(([key, entry]) => [key.slice(prefix.length), entry]))
  }

  async #promote(
    { topology, marks }: Promotion,
    found: ReadonlyMap<string, KeyEntry>,
  ): Promise<void> {
    const expect = found.get(topology)?.revision ?? 'absent'
    const isDone = await promote(this.#keys, this.#application, { topology, marks, expect })
    if (!isDone) return
    const what = `another shape of topology '${topology}' is active: every host has it`
    this.#log.log('info', 'PLAN_PROMOTED', what, { topology, shape: wholeMark(marks) })
  }
}

export interface PlanChoice extends Promotion {
  /** Revision of the active shape that it takes the place of. */
  readonly expect: number | 'absent'
}

/**
 * Makes a shape active that a host has kept. False when the active one is another by now, or the shape
 * is not there.
 */
export async function promote(
  keys: Keys,
  application: string,
  { topology, marks, expect }: PlanChoice,
): Promise<boolean> {
  const shape = await keys.get(shapeKey(application, topology, wholeMark(marks)))
  if (shape === null) return false
  try {
    await keys.put(planKey(application, topology), shape.value, { expect })
    return true
  } catch (error) {
    // Somebody else was quicker: what is active is looked at again.
    if (isMillraceError(error, 'KEY_CONFLICT')) return false
    throw error
  }
}

export const activeOf = (plans: ReadonlyMap<string, { readonly value: Uint8Array }>): ActivePlans =>
  Object.fromEntries(
    [...plans].map(([topology, { value }]) => [topology, activePlanOf(decodePlanShape(value))]),
  )

export function activePlanOf(shape: PlanShape): ActivePlan {
  const marks: Marks = marksOf(shape)
  const tasks = Object.entries(shape.subtopologies).map(([name, it]) => [name, it.tasks] as const)
  return { marks, tasks: Object.fromEntries(tasks) }
}
