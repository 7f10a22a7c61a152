// What an operator did, for the record of events: who, what, and why if they say so. That it cannot be
// recorded is said, and no reason to fail: the deed is done.

import { hostname, userInfo } from 'node:os'
import process from 'node:process'
import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import type { Wishes } from '#protocols/messages/membership'
import type { WishDeed } from '../process/wish-deeds.ts'
import { printNote } from './print.ts'
import type { TargetOptions } from './target.ts'

export interface DeedOptions extends TargetOptions {
  readonly reason?: string
}

export interface Deed {
  /** Of the catalogue. */
  readonly code: string
  readonly message: string
  readonly facts?: Readonly<Record<string, unknown>>
}

export const withReason = (command: Command): Command =>
  command.option('--reason <text>', 'why, for the record: millrace events')

/** `user@machine`: as the machine says, which is no proof. */
export function operator(): string {
  return `${userName()}@${hostname()}`
}

/** What goes with an order to a host, which records it. */
export const signature = ({ reason }: DeedOptions): { by: string; reason?: string } => ({
  by: operator(),
  ...(reason === undefined ? {} : { reason }),
})

export async function record(
  broker: Pick<Broker, 'topics' | 'producer'>,
  application: string,
  { code, message, facts = {} }: Deed,
  { reason = null }: { readonly reason?: string | null } = {},
): Promise<void> {
  const [{ EventLog }, { systemClock }] = await Promise.all([
    import('../events/event-log.ts'),
    import('../process/system-ports.ts'),
  ])
  const events = new EventLog({ broker, clock: systemClock, application, host: null })
  events.add({ code, level: 'info', message, host: null, by: operator(), reason, facts })
  await events.close()
  if (events.waiting > 0) printNote('done, but it could not be recorded among the events')
}

/** Wishes it of a group, and records it. What is wished then. */
export async function wish(
  broker: Pick<Broker, 'topics' | 'producer' | 'keys'>,
  application: string,
  { change, ...deed }: WishDeed,
  options: DeedOptions,
): Promise<Wishes> {
  const { changeWishes } = await import('../process/group-look.ts')
  const wishes = await changeWishes(broker.keys, application, change)
  await record(broker, application, deed, options)
  return wishes
}

/**
 * A deed that is about no one application: it is among the events of the one that is meant, or else of all
 * that are there. Where there is none, nobody is told.
 */
export async function recordForAll(
  broker: Pick<Broker, 'topics' | 'producer' | 'keys'>,
  deed: Deed,
  options: DeedOptions,
): Promise<void> {
  const [{ targetOf }, { applicationsIn }] = await Promise.all([
    import('./target.ts'),
    import('../process/reset-plan.ts'),
  ])
  const { application } = await targetOf(options)
  for (const name of applicationsIn([...(await broker.keys.list('')).keys()])) {
    if (application === undefined || application === name) await record(broker, name, deed, options)
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user that the machine has no name for, as in containers.
    return String(process.getuid?.() ?? 'somebody')
  }
}
