// Compares a topology's plan with the active one of its group when it is registered. The first becomes the
// active one; a shape that differs is kept beside it until the group goes over (actors/coordinator), so
// that going back to the program before is only starting it, as long as that has not happened.

import type { MemberPlan } from '#actors/coordinator/upgrade'
import type { Keys } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { planKey, shapeKey } from '#protocols/messages/membership'
import {
  areSameMarks,
  decodePlanShape,
  encodePlanShape,
  marksOf,
  type PlanShape,
  wholeMark,
} from '#protocols/messages/plan-shape'
import { checkChanges, compareShapes } from '../plan/plan-shape.ts'

export interface KeepingPlans {
  readonly keys: Keys
  readonly application: string
  /** Whether a topology may go on without a store it had. */
  readonly isLossAccepted: boolean
  readonly log: Logger
}

/**
 * Keeps nothing, and says what `keepPlan` would say if it were called now.
 * @throws MillraceError PLAN_INCOMPATIBLE
 */
export async function checkPlan(parts: KeepingPlans, shape: PlanShape): Promise<void> {
  const { keys, application, isLossAccepted } = parts
  const { topology } = shape
  const found = await keys.get(planKey(application, topology))
  if (found === null) return
  checkChanges(topology, compareShapes(decodePlanShape(found.value), shape), isLossAccepted)
}

/** @throws MillraceError PLAN_INCOMPATIBLE */
export async function keepPlan(parts: KeepingPlans, shape: PlanShape): Promise<MemberPlan> {
  const { keys, application } = parts
  const { topology } = shape
  const is = marksOf(shape)
  const key = planKey(application, topology)
  for (;;) {
    const found = await keys.get(key)
    if (found === null) {
      if (await replaced(keys, key, shape, 'absent')) return { is }
      continue
    }
    const before = decodePlanShape(found.value)
    const on = compared(parts, before, shape)
    if (!areSameMarks(is, on)) {
      const mark = wholeMark(is)
      await keys.put(shapeKey(application, topology, mark), encodePlanShape(shape))
      return { is, on }
    }
    // The same, but kept by a Millrace that says less of it, or for a program that was called otherwise.
    const isAsKept = wholeMark(is) === wholeMark(on) && before.version === shape.version
    if (isAsKept || (await replaced(keys, key, shape, found.revision))) return { is }
  }
}

function compared(
  { log, isLossAccepted }: KeepingPlans,
  before: PlanShape,
  after: PlanShape,
): MemberPlan['is'] {
  const { topology } = after
  const changes = compareShapes(before, after)
  checkChanges(topology, changes, isLossAccepted)
  for (const { kind, what } of changes) {
    log.log(kind === 'safe' ? 'info' : 'warn', 'PLAN_CHANGED', what, { topology })
  }
  return marksOf(before)
}

/** False when somebody else was quicker. */
async function replaced(
  keys: Keys,
  key: string,
  shape: PlanShape,
  expect: number | 'absent',
): Promise<boolean> {
  try {
    await keys.put(key, encodePlanShape(shape), { expect })
    return true
  } catch (error) {
    if (isMillraceError(error, 'KEY_CONFLICT')) return false
    throw error
  }
}
