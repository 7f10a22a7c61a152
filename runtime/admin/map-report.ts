// The documents that can be made while no host answers: from the coordination map, which every host and
// every operator reads. It knows who is a member, where tasks should be and who coordinates, and nothing of
// how anything does: it says that it does not.

import { explain } from '#actors/coordinator/explain'
import type { TaskRole } from '#actors/host/messages'
import type { Broker } from '#protocols/broker/broker'
import { byName } from '#protocols/core/by-name'
import { wishFor } from '#protocols/messages/membership'
import { taskUnknown } from '../process/group.ts'
import { awayOf, type GroupLook } from '../process/group-look.ts'
import { isMixed, versionsOf } from '../process/versions.ts'
import type {
  PlacedRow,
  PlacedStore,
  StatusDocument,
  StoresDocument,
  TaskDocument,
  TasksDocument,
  TreeDocument,
  Unanswered,
} from './documents.ts'
import { type LagBroker, lagOfMap } from './lag-report.ts'
import { eventsAbout } from './task-report.ts'
import { whyUnwell } from './unwell.ts'

const SILENCE = 'nothing answers at its socket or over the broker'

export function statusOfMap(look: GroupLook): StatusDocument {
  const { application, coordinator, members, placement, wishes } = look
  const count = Object.keys(placement.target).length
  const tasks: Record<string, number> = count === 0 ? {} : { unknown: count }
  const versions = versionsOf(look)
  const unanswered = silent(look)
  return {
    ...{ application, host: null, coordinator, tasks, standbys: {}, lag: null, unanswered },
    hosts: members.map(({ id, state, pid, workers, held, copies, startedAt }) => ({
      ...{ id, state: wishFor(wishes, id) ?? state, pid, workers, startedAt },
      tasks: held.length,
      standbys: Object.keys(copies ?? {}).length,
    })),
    placement: placement.version,
    versions: isMixed(versions) ? versions : [],
    away: awayOf(look),
    unwell: ['no host answers', ...whyUnwell({ tasks, unanswered, coordinator })],
  }
}

export function tasksOfMap(look: GroupLook): TasksDocument {
  const { target, granted } = look.placement
  const placed = Object.entries(target).map(
    ([task, host]): PlacedRow => ({ task, target: host, granted: granted[task] ?? null }),
  )
  placed.sort((a, b) => byName(a.task, b.task))
  const { pins } = look.wishes
  return { tasks: [], standbys: [], moves: [], placed, pins, unanswered: silent(look) }
}

export function treeOfMap(look: GroupLook): TreeDocument {
  const placed = look.members.map(({ id, held, copies }) => {
    const standbys = Object.keys(copies ?? {}).sort(byName)
    return { host: id, tasks: [...held].sort(byName), standbys }
  })
  return { hosts: [], placed, unanswered: silent(look) }
}

/** Of the shapes that the group works by. */
export function storesOfMap(look: GroupLook): StoresDocument {
  const { target, standbys } = look.placement
  const placed = Object.keys(target)
    .sort(byName)
    .flatMap((task): PlacedStore[] => {
      const [topology = '', subtopology = ''] = task.split('/')
      const { stores = {} } = look.plans.get(topology)?.shape.subtopologies[subtopology] ?? {}
      const at = (host: string, role: TaskRole): PlacedStore[] =>
        Object.entries(stores).map(([store, said]) => {
          return { store, kind: said.split(' ')[0] ?? said, task, role, host }
        })
      const copies = (standbys[task] ?? []).flatMap((host) => at(host, 'standby'))
      return [...at(target[task] ?? '', 'active'), ...copies]
    })
  return { stores: [], placed, unanswered: silent(look) }
}

/** @throws MillraceError TASK_UNKNOWN */
export async function taskOfMap(
  broker: LagBroker & Pick<Broker, 'reader'>,
  look: GroupLook,
  task: string,
): Promise<TaskDocument> {
  const { application, placement } = look
  if (!Object.hasOwn(placement.target, task)) throw taskUnknown(task, Object.keys(placement.target))
  const [{ partitions }, events] = await Promise.all([
    lagOfMap(broker, look),
    eventsAbout(broker, application, task),
  ])
  return {
    ...{ application, task, placement: placement.version, isFromBroker: true },
    place: explain(look).find(({ id }) => id === task) ?? null,
    ...{ active: null, standbys: [], stores: [], history: null },
    partitions: partitions.filter((row) => row.task === task),
    events,
    unanswered: silent(look),
  }
}

const silent = ({ members }: GroupLook): Unanswered[] =>
  members.map(({ id }) => ({ host: id, error: SILENCE }))
