// What commands show while no host answers: what the coordination map says, and that it is all there is. What
// makes that is loaded when it is needed.

import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import type * as MapReport from '../admin/map-report.ts'
import type { GroupLook } from '../process/group-look.ts'
import { lookAtGroup, type TargetOptions, targetOf, withBrokerOf } from './target.ts'

export const MAP_NOTE = 'no host answers: this is what the coordination map says'

/**
 * What `ask` answers, or, where no host does and none was named, what the map says.
 * @throws MillraceError what `ask` throws, where there is no map either; what `fromMap` throws
 */
export async function orFromMap<T>(
  options: TargetOptions,
  ask: () => Promise<T>,
  fromMap: (map: typeof MapReport, look: GroupLook, broker: Broker) => T | Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (away) {
    if (!isMillraceError(away, 'HOST_AWAY') || options.host !== undefined) throw away
    const target = await targetOf(options)
    return withBrokerOf(target, async (broker) => {
      const look = await lookAtGroup(broker, target).catch(() => null) // the first error says more
      if (look === null) throw away
      return fromMap(await import('../admin/map-report.ts'), look, broker)
    })
  }
}
