// Waits until a host holds nothing, and says how far it is.

import type { Broker } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import { applicationKeys } from '#protocols/messages/membership'
import { type GroupLook, lookAt } from '../process/group-look.ts'

/**
 * @param say is told what is left whenever that is less or more
 * @throws MillraceError DRAIN_ENDED when somebody wishes no more that it drains
 */
export async function untilEmpty(
  { keys }: Pick<Broker, 'keys'>,
  application: string,
  host: string,
  say: (line: string) => void,
): Promise<void> {
  let said = ''
  for (;;) {
    let unwatch = (): void => {}
    const changed = new Promise<void>((resolve) => {
      unwatch = keys.watch(applicationKeys(application), resolve)
    })
    try {
      const left = leftOf(host, await lookAt(keys, application))
      if (left !== said) say(left)
      said = left
      if (left === NOTHING) return
      await changed
    } finally {
      unwatch()
    }
  }
}

const NOTHING = 'it holds nothing'

function leftOf(host: string, { members, placement, wishes }: GroupLook): string {
  const member = members.find(({ id }) => id === host)
  const { held = [], copies = {} } = member ?? {}
  const isGranted = Object.values(placement.granted).includes(host)
  // It may not have begun what it was granted.
  if (held.length === 0 && Object.keys(copies).length === 0 && !isGranted) return NOTHING
  if (member === undefined) return NOTHING
  if (!wishes.draining.includes(host)) throw drainEnded(host)
  return `${plural(held.length, 'task')} and ${plural(Object.keys(copies).length, 'standby')} left`
}

const drainEnded = (host: string): MillraceError =>
  new MillraceError({
    code: 'DRAIN_ENDED',
    what: `host '${host}' does not drain any more, and holds something still`,
    hint: 'Somebody undrained it meanwhile',
  })
