// Makes the documents about hosts: all of them as the broker knows them, one whole, and what their actors
// could not deliver.

import { type Member, type Wishes, wishFor } from '#protocols/messages/membership'
import { readEvents } from '../events/read-events.ts'
import type { FromHost, Group } from '../process/group.ts'
import { awayOf, type GroupLook, lookAt } from '../process/group-look.ts'
import type { HostFacts } from '../process/host-facts.ts'
import type { RunningHost } from '../process/running-host.ts'
import { hostUnknown, knownHosts } from '../process/wishes.ts'
import type {
  DeadLettersDocument,
  HostDocument,
  HostsDocument,
  Unanswered,
  WishedHostRow,
} from './documents.ts'
import { tasksDocument } from './reports.ts'

const EVENTS = 20
/** Of the application: a look takes no longer than this many. */
const AMONG = 5000

export function hostsDocument(group: GroupLook): HostsDocument {
  const { application, coordinator, members, wishes } = group
  return {
    application,
    coordinator,
    hosts: [
      ...members.map((member) => rowOf(member, wishedOf(wishes, member.id))),
      ...awayOf(group).map(({ id }): WishedHostRow => ({ ...AWAY, id, ...wishedOf(wishes, id) })),
    ],
  }
}

type Wished = Pick<WishedHostRow, 'wish' | 'drainBy'>

function wishedOf(wishes: Wishes, host: string): Wished {
  const wish = wishFor(wishes, host)
  return { wish, drainBy: wish === 'draining' ? (wishes.drainBy[host] ?? null) : null }
}

const AWAY: Omit<WishedHostRow, 'id' | keyof Wished> = {
  ...{ state: 'away' as const, zone: null, capacity: 1, workers: 0, tasks: 0, standbys: 0 },
  ...{ pid: 0, startedAt: 0, version: null },
}

const rowOf = (member: Member, wished: Wished): WishedHostRow => ({
  ...{ id: member.id, state: member.state === 'active' ? 'active' : 'leaving', ...wished },
  ...{ zone: member.zone ?? null, capacity: member.capacity ?? 1, workers: member.workers },
  ...{ tasks: member.held.length, standbys: Object.keys(member.copies ?? {}).length },
  ...{ pid: member.pid, startedAt: member.startedAt, version: member.version ?? null },
})

/** @throws MillraceError HOST_UNKNOWN */
export async function hostDocument(
  host: RunningHost,
  group: Group,
  id: string,
): Promise<HostDocument> {
  const { application, broker } = host.parts
  const look = await lookAt(broker.keys, application)
  const { hosts, coordinator } = hostsDocument(look)
  const known = knownHosts(look)
  if (!known.includes(id)) throw hostUnknown(id, application, known)
  const isMember = look.members.some((member) => member.id === id)
  const [answer, { tasks, standbys }, events] = await Promise.all([
    isMember ? group.factsOf(id) : { host: id, error: 'it is no member now' },
    tasksDocument(host, group),
    readEvents(broker, application, { among: AMONG }),
  ])
  const { facts, silence } = heard(answer)
  return {
    application,
    host: hosts.find((row) => row.id === id) ?? { ...AWAY, id, ...wishedOf(look.wishes, id) },
    isCoordinator: coordinator === id,
    ...{ facts, silence },
    tasks: tasks.filter((task) => task.host === id),
    standbys: standbys.filter((task) => task.host === id),
    events: events.filter((it) => it.host === id || it.facts['host'] === id).slice(-EVENTS),
  }
}

/** A host of a version that does not know the question answers with nothing. */
function heard(answer: FromHost<HostFacts>): Pick<HostDocument, 'facts' | 'silence'> {
  if ('error' in answer) return { facts: null, silence: answer.error }
  const facts: HostFacts | undefined = answer.value
  return facts === undefined ? { facts: null, silence: OLD } : { facts, silence: null }
}

const OLD = 'it runs a version that does not tell this'

export async function deadLettersDocument(group: Group): Promise<DeadLettersDocument> {
  const answers = (await group.facts()).map((answer) => ({ host: answer.host, ...heard(answer) }))
  return {
    hosts: answers.flatMap(({ host, facts }) =>
      facts === null
        ? []
        : [
            {
              host,
              threads: facts.threads.map(({ worker, deadLetters }) => ({ worker, ...deadLetters })),
            },
          ],
    ),
    unanswered: answers.flatMap(({ host, silence }): Unanswered[] =>
      silence === null ? [] : [{ host, error: silence }],
    ),
  }
}
