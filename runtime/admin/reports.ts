// Makes the documents: asks the group and puts the answers together.

import type { Placement } from '#protocols/messages/membership'
import type { FromHost, Group } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import type {
  MoveRow,
  StandbyRow,
  StatusDocument,
  TasksDocument,
  TreeDocument,
  Unanswered,
} from './documents.ts'

export async function tasksDocument(host: RunningHost, group: Group): Promise<TasksDocument> {
  const answers = await group.tasks()
  const all = answers.flatMap((from) =>
    'value' in from ? from.value.map((task) => ({ ...task, host: from.host })) : [],
  )
  all.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  const { target, granted } = host.view.placement
  return {
    tasks: all.filter(({ role }) => role === 'active'),
    standbys: all
      .filter(({ role }) => role === 'standby')
      .map((it): StandbyRow => {
        return { ...it, purpose: target[it.id] === it.host ? 'warm-up' : 'standby' }
      }),
    moves: movesOf({ target, granted }, all),
    unanswered: unanswered(answers),
  }
}

/** By the placement, and by who answered for what. */
export function movesOf(
  { target, granted }: Pick<Placement, 'target' | 'granted'>,
  facts: readonly Pick<TasksDocument['tasks'][number], 'id' | 'host' | 'role'>[],
): readonly MoveRow[] {
  const running = new Map(
    facts.flatMap(({ id, host, role }) => (role === 'active' ? [[id, host] as const] : [])),
  )
  const copied = new Set(
    facts.flatMap(({ id, host, role }) => (role === 'standby' ? `${id} ${host}` : [])),
  )
  return Object.entries(target).flatMap(([task, to]): MoveRow[] => {
    const at = running.get(task)
    if (at === to) return []
    const from = at ?? granted[task] ?? null
    if (at === undefined)
      return [{ task, from: from === to ? null : from, to, waitsFor: 'opening' }]
    return [{ task, from, to, waitsFor: copied.has(`${task} ${to}`) ? 'warming' : 'closing' }]
  })
}

export async function treeDocument(group: Group): Promise<TreeDocument> {
  const answers = await group.trees()
  const hosts = answers.flatMap((from) =>
    'value' in from ? [{ host: from.host, trees: from.value }] : [],
  )
  return { hosts, unanswered: unanswered(answers) }
}

export async function statusDocument(host: RunningHost, group: Group): Promise<StatusDocument> {
  const [members, coordinator, { draining, fenced }, { tasks, standbys, unanswered: missing }] =
    await Promise.all([
      group.members(),
      group.coordinator(),
      group.wishes(),
      tasksDocument(host, group),
    ])
  const { placement } = host.view
  return {
    application: host.parts.application,
    host: host.parts.id,
    coordinator,
    hosts: members.map(({ id, state, pid, workers, held, copies, startedAt }) => ({
      id,
      state: fenced.includes(id) ? 'fenced' : draining.includes(id) ? 'draining' : state,
      pid,
      workers,
      tasks: held.length,
      standbys: Object.keys(copies ?? {}).length,
      startedAt,
    })),
    tasks: byState(tasks, Object.keys(placement.target)),
    standbys: byState(standbys, []),
    lag: tasks.reduce((sum, { lag }) => sum + lag, 0),
    placement: placement.version,
    unanswered: missing,
  }
}

function byState(
  tasks: readonly { readonly id: string; readonly state: string }[],
  placed: readonly string[],
): Record<string, number> {
  const counts: Record<string, number> = {}
  const add = (state: string): void => {
    counts[state] = (counts[state] ?? 0) + 1
  }
  // `running.idle` and `running.working` are the same to someone who asks how things are.
  for (const { state } of tasks) add(state.split('.')[0] ?? state)
  const known = new Set(tasks.map(({ id }) => id))
  for (const id of placed) if (!known.has(id)) add('absent')
  return counts
}

const unanswered = (answers: readonly FromHost<unknown>[]): Unanswered[] =>
  answers.flatMap((from) => ('error' in from ? [{ host: from.host, error: from.error }] : []))
