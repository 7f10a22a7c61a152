// What the admin API does for operators of a group: the wishes they have of it, as the command line
// writes them, for those who are not at the machine.

import type { Hono } from 'hono'
import { MillraceError } from '#protocols/core/errors'
import { taskUnknown } from '../process/group.ts'
import { changeWishes, type GroupLook, lookAt } from '../process/group-look.ts'
import type { RunningHost } from '../process/running-host.ts'
import {
  freezeDeed,
  HOST_DEEDS,
  moveDeed,
  unpinDeed,
  WISH_VERBS,
  type WishDeed,
  type WishOrder,
} from '../process/wish-deeds.ts'
import { checkAble, hostUnknown, knownHosts, knownTasks } from '../process/wishes.ts'

interface SignedOrder extends WishOrder {
  /** Who says so, and why: nobody checks it, it is for the record. */
  readonly by?: string
  readonly reason?: string
}

export function addGroupRoutes(app: Hono, host: RunningHost): void {
  const { broker, application, log } = host.parts
  app.post('/v1/wishes', async (c) => {
    const { by, reason, ...order } = await c.req.json<SignedOrder>()
    if (!WISH_VERBS.includes(order.wish)) throw wishUnknown(order.wish)
    const { code, message, change, facts } = deedOf(order, await lookAt(broker.keys, application))
    await changeWishes(broker.keys, application, change)
    log.log('info', code, message, { ...facts, by, reason })
    return c.json({ wish: order.wish, ...facts })
  })
}

/** @throws MillraceError HOST_UNKNOWN, TASK_UNKNOWN, HOST_UNABLE */
function deedOf({ wish, host = '', task = '' }: WishOrder, group: GroupLook): WishDeed {
  switch (wish) {
    case 'freeze':
    case 'unfreeze':
      return freezeDeed(wish === 'freeze')
    case 'unpin':
      checkTask(task, group)
      return unpinDeed(task, group)
    case 'move':
      checkHost(host, group)
      checkTask(task, group)
      checkAble(task, host, group)
      return moveDeed(task, host, group)
    default:
      checkHost(host, group)
      return HOST_DEEDS[wish](host)
  }
}

function checkHost(host: string, group: GroupLook): void {
  const known = knownHosts(group)
  if (!known.includes(host)) throw hostUnknown(host, group.application, known)
}

function checkTask(task: string, group: GroupLook): void {
  const known = knownTasks(group)
  if (!known.includes(task)) throw taskUnknown(task, known)
}

const wishUnknown = (wish: string): MillraceError =>
  new MillraceError({
    code: 'WISH_UNKNOWN',
    what: `a group does not know the wish '${wish}'`,
    hint: `Wishes: ${WISH_VERBS.join(', ')}`,
  })
