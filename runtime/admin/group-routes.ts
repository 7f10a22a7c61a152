// What the admin API does for operators of a group: the wishes they have of it, as the command line
// writes them, for those who are not at the machine.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import type { Wishes } from '#protocols/messages/membership'
import { taskUnknown } from '../process/group.ts'
import { changeWishes, type GroupLook, lookAt } from '../process/group-look.ts'
import type { RunningHost } from '../process/running-host.ts'
import {
  checkAble,
  draining,
  freezing,
  hostUnknown,
  knownHosts,
  knownTasks,
  marking,
  pinning,
  undraining,
} from '../process/wishes.ts'

const VERBS = ['drain', 'undrain', 'fence', 'unfence', 'move', 'freeze', 'unfreeze'] as const
type Verb = (typeof VERBS)[number]

interface WishOrder {
  readonly wish: Verb
  /** Of all but `freeze` and `unfreeze`. */
  readonly host?: string
  /** Of `move`: it is pinned to the host. */
  readonly task?: string
  /** Who says so, and why: nobody checks it, it is for the record. */
  readonly by?: string
  readonly reason?: string
}

export function addGroupRoutes(app: Hono, host: RunningHost): void {
  const { broker, application, log } = host.parts
  app.post('/v1/wishes', async (c) => {
    const { by, reason, ...order } = await c.req.json<WishOrder>()
    if (!VERBS.includes(order.wish)) throw wishUnknown(order.wish)
    const { code, message, change, facts } = deedOf(order, await lookAt(broker.keys, application))
    await changeWishes(broker.keys, application, change)
    log.log('info', code, message, { ...facts, by, reason })
    return c.json({ wish: order.wish, ...facts })
  })
}

interface WishDeed {
  readonly code: string
  readonly message: string
  readonly change: (wishes: Wishes) => Wishes
  readonly facts: Readonly<Record<string, string | undefined>>
}

/** @throws MillraceError HOST_UNKNOWN, TASK_UNKNOWN, HOST_UNABLE */
function deedOf({ wish, host = '', task = '' }: WishOrder, group: GroupLook): WishDeed {
  if (wish === 'freeze' || wish === 'unfreeze') {
    const isFrozen = wish === 'freeze'
    const message = `the placement is ${isFrozen ? '' : 'not '}frozen`
    return { code: wish.toUpperCase(), message, change: freezing(isFrozen), facts: {} }
  }
  const known = knownHosts(group)
  if (!known.includes(host)) throw hostUnknown(host, group.application, known)
  if (wish !== 'move')
    return { code: wish.toUpperCase(), ...HOST_DEEDS[wish](host), facts: { host } }
  const tasks = knownTasks(group)
  if (!tasks.includes(task)) throw taskUnknown(task, tasks)
  checkAble(task, host, group)
  const message = `${task} is pinned to ${host}`
  const facts = { task, from: group.placement.target[task], to: host }
  return { code: 'MOVE', message, change: pinning(task, host), facts }
}

type HostDeed = (host: string) => Pick<WishDeed, 'message' | 'change'>

const HOST_DEEDS: Readonly<Record<'drain' | 'undrain' | 'fence' | 'unfence', HostDeed>> = {
  drain: (host) => ({ message: `host ${host} is to drain`, change: draining(host, null) }),
  undrain: (host) => ({
    message: `host ${host} does not drain any more`,
    change: undraining(host),
  }),
  fence: (host) => ({ message: `host ${host} is fenced`, change: marking('fenced', host, true) }),
  unfence: (host) => ({
    message: `host ${host} is not fenced any more`,
    change: marking('fenced', host, false),
  }),
}

const wishUnknown = (wish: string): MillraceError =>
  new MillraceError({
    code: 'WISH_UNKNOWN',
    what: `a group does not know the wish '${wish}'`,
    hint: `Wishes: ${VERBS.join(', ')}`,
  })
