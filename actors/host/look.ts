// What a host reads of its group.

import type { Broker } from '#protocols/broker/broker'
import {
  assignmentKey,
  decodeMember,
  decodePlacement,
  hostsPrefix,
  type Member,
  NOTHING_PLACED,
  type Placement,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'

export interface LookPorts {
  readonly broker: Broker
  readonly application: string
  /** Of the host that looks. */
  readonly id: string
  /** Whether a member's process certainly no longer runs. */
  isGone(member: Member): Promise<boolean>
}

export interface Look {
  readonly placement: Placement
  /** Operators want it to be as good as gone. */
  readonly isFenced: boolean
  /** Nobody else takes part. */
  readonly isAlone: boolean
}

/** @param counts whether it looks for others, too; else it is not alone */
export async function look(ports: LookPorts, counts: boolean): Promise<Look> {
  const { broker, application, id } = ports
  const [placement, wishes] = await Promise.all([
    broker.keys.get(assignmentKey(application)),
    broker.keys.get(wishesKey(application)),
  ])
  const { fenced } = wishesOf(wishes)
  return {
    placement: placement === null ? NOTHING_PLACED : decodePlacement(placement.value),
    isFenced: fenced.includes(id),
    isAlone: counts && (await isAlone(ports, fenced)),
  }
}

async function isAlone(
  { broker, application, id, isGone }: LookPorts,
  fenced: readonly string[],
): Promise<boolean> {
  const found = await broker.keys.list(hostsPrefix(application))
  const others = [...found.values()]
    .map(({ value }) => decodeMember(value))
    .filter((other) => other.id !== id && other.state === 'active' && !fenced.includes(other.id))
  return (await Promise.all(others.map(isGone))).every((gone) => gone)
}
