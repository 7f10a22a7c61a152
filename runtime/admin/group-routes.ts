// What the admin API does for operators of a group: the wishes they have of it, as the command line
// writes them, for those who are not at the machine. A fence is not among them: whoever says that a host
// is gone should look at it.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import type { Wishes } from '#protocols/messages/membership'
import { changeWishes, lookAt } from '../process/group-look.ts'
import type { RunningHost } from '../process/running-host.ts'
import { freezing, hostUnknown, knownHosts, marking } from '../process/wishes.ts'

const VERBS = ['drain', 'undrain', 'freeze', 'unfreeze'] as const
type Verb = (typeof VERBS)[number]

interface WishOrder {
  readonly wish: Verb
  /** Of `drain` and `undrain`. */
  readonly host?: string
  /** Who says so, and why: nobody checks it, it is for the record. */
  readonly by?: string
  readonly reason?: string
}

export function addGroupRoutes(app: Hono, host: RunningHost): void {
  const { broker, application, log } = host.parts
  app.post('/v1/wishes', async (c) => {
    const { wish, host: named = '', by, reason } = await c.req.json<WishOrder>()
    if (!VERBS.includes(wish)) throw wishUnknown(wish)
    if (wish === 'drain' || wish === 'undrain') {
      const known = knownHosts(await lookAt(broker.keys, application))
      if (!known.includes(named)) throw hostUnknown(named, application, known)
    }
    const { code, message, change, facts = {} } = deedOf(wish, named)
    await changeWishes(broker.keys, application, change)
    log.log('info', code, message, { ...facts, by, reason })
    return c.json({ wish, ...facts })
  })
}

interface WishDeed {
  readonly code: string
  readonly message: string
  readonly change: (wishes: Wishes) => Wishes
  readonly facts?: { readonly host: string }
}

function deedOf(wish: Verb, host: string): WishDeed {
  switch (wish) {
    case 'drain': {
      const message = `host ${host} is to drain`
      return { code: 'DRAIN', message, change: marking('draining', host, true), facts: { host } }
    }
    case 'undrain': {
      const message = `host ${host} does not drain any more`
      return { code: 'UNDRAIN', message, change: marking('draining', host, false), facts: { host } }
    }
    case 'freeze':
      return { code: 'FREEZE', message: 'the placement is frozen', change: freezing(true) }
    case 'unfreeze':
      return { code: 'UNFREEZE', message: 'the placement is not frozen', change: freezing(false) }
  }
}

const wishUnknown = (wish: string): MillraceError =>
  new MillraceError({
    code: 'WISH_UNKNOWN',
    what: `a group does not know the wish '${wish}'`,
    hint: `Wishes: ${VERBS.join(', ')}`,
  })
