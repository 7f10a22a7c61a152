// The documents that can be made while no host answers: from the coordination map, which every host and
// every operator reads. It knows who is a member, where tasks should be and who coordinates, and nothing of
// how anything does: it says that it does not.

import { wishFor } from '#protocols/messages/membership'
import type { GroupLook } from '../process/group-look.ts'
import { isMixed, versionsOf } from '../process/versions.ts'
import type { PlacedRow, StatusDocument, TasksDocument, Unanswered } from './documents.ts'
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
    unwell: ['no host answers', ...whyUnwell({ tasks, unanswered, coordinator })],
  }
}

export function tasksOfMap(look: GroupLook): TasksDocument {
  const { target, granted } = look.placement
  const placed = Object.entries(target).map(
    ([task, host]): PlacedRow => ({ task, target: host, granted: granted[task] ?? null }),
  )
  placed.sort((a, b) => a.task.localeCompare(b.task, 'en', { numeric: true }))
  return { tasks: [], standbys: [], moves: [], placed, unanswered: silent(look) }
}

const silent = ({ members }: GroupLook): Unanswered[] =>
  members.map(({ id }) => ({ host: id, error: SILENCE }))
