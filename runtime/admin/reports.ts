// Makes the documents: asks the group and puts the answers together.

import { byName } from '#protocols/core/by-name'
import { type Member, type Placement, wishFor } from '#protocols/messages/membership'
import type { FromHost, Group } from '../process/group.ts'
import { awayOf, type KeptPlan } from '../process/group-look.ts'
import type { RunningHost } from '../process/running-host.ts'
import { isMixed, versionsOf } from '../process/versions.ts'
import type {
  MoveRow,
  StandbyRow,
  StatusDocument,
  StoresDocument,
  TasksDocument,
  TreeDocument,
  Unanswered,
} from './documents.ts'
import { whyUnwell } from './unwell.ts'

export async function tasksDocument(host: RunningHost, group: Group): Promise<TasksDocument> {
  const [answers, { wishes }] = await Promise.all([group.tasks(), group.look()])
  const all = answers.flatMap((from) =>
    'value' in from ? from.value.map((task) => ({ ...task, host: from.host })) : [],
  )
  all.sort((a, b) => byName(a.id, b.id))
  const { target, granted } = host.view.placement
  return {
    tasks: all.filter(({ role }) => role === 'active'),
    standbys: all
      .filter(({ role }) => role === 'standby')
      .map((it): StandbyRow => {
        return { ...it, purpose: target[it.id] === it.host ? 'warm-up' : 'standby' }
      }),
    moves: movesOf({ target, granted }, all),
    pins: wishes.pins,
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

export async function storesDocument(group: Group): Promise<StoresDocument> {
  const [answers, copies] = await Promise.all([group.stores(), group.globals()])
  const stores = answers.flatMap((from) =>
    'value' in from ? from.value.map((store) => ({ ...store, host: from.host })) : [],
  )
  stores.sort((a, b) => byName(a.store, b.store) || byName(a.task, b.task))
  const globals = copies.flatMap((from) =>
    'value' in from ? (from.value ?? []).map((copy) => ({ ...copy, host: from.host })) : [],
  )
  globals.sort((a, b) => byName(a.store, b.store) || byName(a.host, b.host))
  return { stores, globals, unanswered: unanswered(answers) }
}

export async function statusDocument(host: RunningHost, group: Group): Promise<StatusDocument> {
  const [{ members, coordinator, wishes, plans }, { tasks, standbys, unanswered: missing }] =
    await Promise.all([group.look(), tasksDocument(host, group)])
  const { placement } = host.view
  const counts = byState(tasks, expected({ members, plans, target: placement.target }))
  const versions = versionsOf({ members, plans, wishes })
  return {
    application: host.parts.application,
    host: host.parts.id,
    coordinator,
    hosts: members.map(({ id, state, pid, workers, held, copies, startedAt }) => ({
      id,
      state: wishFor(wishes, id) ?? state,
      pid,
      workers,
      tasks: held.length,
      standbys: Object.keys(copies ?? {}).length,
      startedAt,
    })),
    tasks: counts,
    standbys: byState(standbys, []),
    lag: tasks.reduce((sum, { lag }) => sum + lag, 0),
    placement: placement.version,
    unanswered: missing,
    versions: isMixed(versions) ? versions : [],
    away: awayOf({ members, wishes }),
    unwell: whyUnwell({ tasks: counts, unanswered: missing, coordinator }),
  }
}

/** Tasks that are placed, and those of active shapes that no host there can run. */
export function expected(group: {
  readonly members: readonly Member[]
  readonly plans: ReadonlyMap<string, KeptPlan>
  readonly target: Placement['target']
}): readonly string[] {
  const run = new Set(group.members.flatMap(({ topologies }) => Object.keys(topologies)))
  const active = [...group.plans].flatMap(([topology, { shape }]) =>
    run.has(topology)
      ? Object.entries(shape.subtopologies).flatMap(([name, { tasks }]) =>
          Array.from({ length: tasks }, (_, n) => `${topology}/${name}/${n}`),
        )
      : [],
  )
  return [...new Set([...Object.keys(group.target), ...active])]
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
