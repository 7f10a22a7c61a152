// Makes the documents of the group as a whole: where every task is and why, what its topologies are made
// of, and what happened lately.

import { explain } from '#actors/coordinator/explain'
import type { Broker } from '#protocols/broker/broker'
import { failuresIn } from '../events/failures.ts'
import { readEvents } from '../events/read-events.ts'
import { describePlan } from '../plan/describe.ts'
import type { GroupLook } from '../process/group-look.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { EventsDocument, RebalanceDocument, TopologyDocument } from './documents.ts'

/** Events of a look; more are with `millrace events`. */
export const EVENTS_LATELY = 300

export const rebalanceDocument = (group: GroupLook): RebalanceDocument => ({
  application: group.application,
  coordinator: group.coordinator,
  placement: group.placement.version,
  isFrozen: group.wishes.isFrozen,
  draining: group.wishes.draining,
  fenced: group.wishes.fenced,
  tasks: explain(group),
})

/** As the host that is asked has them: in an upgrade another one may have others. */
export const topologyDocument = (host: Pick<RunningHost, 'topologies'>): TopologyDocument => ({
  topologies: [...host.topologies.values()].map(({ plan, deployment }) => ({
    ...describePlan(plan),
    tasks: deployment.tasks,
  })),
})

export async function eventsDocument(
  broker: Pick<Broker, 'topics' | 'reader'>,
  application: string,
): Promise<EventsDocument> {
  const events = await readEvents(broker, application, { among: EVENTS_LATELY })
  return { application, events, lately: failuresIn(events) }
}
