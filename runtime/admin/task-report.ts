// Makes the document of one task: what its host says of it, beside what the group, its inputs and the
// events have of it.

import { explain } from '#actors/coordinator/explain'
import type { TaskHistory } from '#actors/task/messages'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { type PastEvent, readEvents } from '../events/read-events.ts'
import { type Group, taskUnknown } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import type { TaskDocument } from './documents.ts'
import { lagDocument } from './lag-report.ts'
import { storesDocument, tasksDocument } from './reports.ts'

const EVENTS = 20
/** Of the application: a look takes no longer than this many. */
const AMONG = 5000

/** @throws MillraceError TASK_UNKNOWN */
export async function taskDocument(
  host: RunningHost,
  group: Group,
  task: string,
): Promise<TaskDocument> {
  const { application, broker } = host.parts
  const { placement } = host.view
  if (!Object.hasOwn(placement.target, task)) throw taskUnknown(task, Object.keys(placement.target))
  const [{ tasks, standbys, unanswered }, { stores }, { partitions }, ...others] =
    await Promise.all([
      tasksDocument(host, group),
      storesDocument(group),
      lagDocument(host, group),
      group.look(),
      eventsAbout(broker, application, task),
      historyOf(group, task),
    ])
  const [{ members, wishes }, events, history] = others
  const places = explain({ members, placement, wishes })
  return {
    ...{ application, task, placement: placement.version, unanswered },
    place: places.find(({ id }) => id === task) ?? null,
    active: tasks.find(({ id }) => id === task) ?? null,
    standbys: standbys.filter(({ id }) => id === task),
    partitions: partitions.filter((row) => row.task === task),
    stores: stores.filter((row) => row.task === task),
    history,
    events,
  }
}

/** Who runs nowhere has none, and a host of an older version does not tell. */
async function historyOf(group: Group, task: string): Promise<TaskHistory | null> {
  try {
    return (await group.history(task)) ?? null
  } catch (thrown) {
    if (isMillraceError(thrown)) return null // `active` and `unanswered` say what is known of why
    throw thrown
  }
}

/** The newest, of the newest events of the application, oldest first. */
export async function eventsAbout(
  broker: Pick<Broker, 'topics' | 'reader'>,
  application: string,
  task: string,
): Promise<readonly PastEvent[]> {
  const events = await readEvents(broker, application, { among: AMONG })
  return events.filter(({ facts }) => facts['task'] === task).slice(-EVENTS)
}
