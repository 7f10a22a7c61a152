// A group of hosts, from outside: who is a member, and where its tasks are. Whatever broker it meets on.

import type { Broker } from '#protocols/broker/broker'
import {
  applicationKeys,
  assignmentKey,
  decodeMember,
  decodePlacement,
  hostsPrefix,
  type Member,
} from '#protocols/messages/membership'
import { within } from './within.ts'

export const NEVER_MS = 120_000

export class HostGroup {
  readonly application: string
  readonly broker: Broker

  constructor(application: string, broker: Broker) {
    this.application = application
    this.broker = broker
  }

  /** Those whose records have not expired. */
  async members(): Promise<readonly Member[]> {
    const found = await this.broker.keys.list(hostsPrefix(this.application))
    return [...found.values()].map(({ value }) => decodeMember(value))
  }

  /** Until every task is placed as `holds` wants, and the hosts really hold them so. */
  async until(
    what: string,
    holds: (tasks: ReadonlyMap<string, string>, members: readonly Member[]) => boolean,
  ): Promise<void> {
    const look = async (): Promise<boolean> => {
      const members = await this.members()
      const held = new Map(members.flatMap(({ id, held }) => held.map((task) => [task, id])))
      const placed = await this.broker.keys.get(assignmentKey(this.application))
      const granted = placed === null ? {} : decodePlacement(placed.value).granted
      const isSettled = Object.entries(granted).every(([task, host]) => held.get(task) === host)
      return isSettled && holds(new Map(Object.entries(granted)), members)
    }
    await within(NEVER_MS, what, this.watched(look))
  }

  /** Looks again after every change of what the group keeps in the coordination map. */
  async watched(look: () => Promise<boolean>): Promise<void> {
    for (;;) {
      let unwatch = (): void => {}
      const changed = new Promise<void>((resolve) => {
        unwatch = this.broker.keys.watch(applicationKeys(this.application), resolve)
      })
      const isDone = await look()
      if (!isDone) await changed
      unwatch()
      if (isDone) return
    }
  }
}
