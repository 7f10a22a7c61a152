// What commands show while no host answers: what the coordination map says, and that it is all there is.

import { isMillraceError } from '#protocols/core/errors'
import type { GroupLook } from '../process/group-look.ts'
import { lookAtGroup, type TargetOptions, withOpenBroker } from './target.ts'

export const MAP_NOTE = 'no host answers: this is what the coordination map says'

/**
 * What `ask` answers, or, where no host does and none was named, what the map says.
 * @throws MillraceError what `ask` throws, where there is no map either
 */
export async function orFromMap<T>(
  options: TargetOptions,
  ask: () => Promise<T>,
  fromMap: (look: GroupLook) => T,
): Promise<T> {
  try {
    return await ask()
  } catch (away) {
    if (!isMillraceError(away, 'HOST_AWAY') || options.host !== undefined) throw away
    const look = await withOpenBroker(options, (broker) => lookAtGroup(broker, options)).catch(
      () => null, // what was thrown first says more
    )
    if (look === null) throw away
    return fromMap(look)
  }
}
