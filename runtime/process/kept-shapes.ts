// The shapes of an application's topologies as the coordination map keeps them: the active ones, and
// those that wait for all hosts of a rolling upgrade to have them.

import type { KeyEntry } from '#protocols/broker/broker'
import { allShapesPrefix, plansPrefix } from '#protocols/messages/membership'
import { decodePlanShape, type PlanShape } from '#protocols/messages/plan-shape'

/** @throws MillraceError DOCUMENT_UNREADABLE */
export const keptShapes = (
  entries: Iterable<readonly [key: string, entry: KeyEntry]>,
  application: string,
): readonly PlanShape[] =>
  [...entries]
    .filter(([key]) =>
      [plansPrefix, allShapesPrefix].some((prefix) => key.startsWith(prefix(application))),
    )
    .map(([, { value }]) => decodePlanShape(value))
