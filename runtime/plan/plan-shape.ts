// The shape of a plan, and how two of them compare. The active one of a topology is kept in the
// coordination map and compared when the topology is registered again, so that a program that changed
// goes on where that is safe, and stops with a diff where it would misread what it wrote before.
//
//   safe       operators changed; sub-topologies, stores and topics added; a stateless part removed
//   loses      a store is no longer there, or in another sub-topology: what it held is left behind
//   breaks     what is kept would be read as something else: kind or serdes of a store, serdes of an
//              internal topic, number of tasks beside a store

import type { SubtopologyPlan, TopologyPlan } from '#actors/topology/plan'
import { MillraceError } from '#protocols/core/errors'
import type { PlanShape, SubtopologyShape } from '#protocols/messages/plan-shape'

export interface PlanChange {
  readonly kind: 'safe' | 'loses' | 'breaks'
  readonly what: string
}

export function shapeOf(plan: TopologyPlan, tasks: ReadonlyMap<string, number>): PlanShape {
  const isInternal = new Set(
    plan.topics.filter(({ owner }) => owner === 'internal').map(({ name }) => name),
  )
  const topics: Record<string, string> = {}
  for (const { sources } of plan.subtopologies) {
    for (const { topic, key, value } of sources) {
      if (isInternal.has(topic)) topics[topic] = `${key.name} ${value.name}`
    }
  }
  return {
    topology: plan.name,
    subtopologies: Object.fromEntries(
      plan.subtopologies.map((part) => [part.name, subtopologyShape(part, tasks, isInternal)]),
    ),
    topics,
  }
}

const subtopologyShape = (
  { name, sources, nodes, stores }: SubtopologyPlan,
  tasks: ReadonlyMap<string, number>,
  isInternal: ReadonlySet<string>,
): SubtopologyShape => ({
  tasks: tasks.get(name) ?? 0,
  sources: sources.map(({ topic }) => topic),
  stores: Object.fromEntries(
    stores
      .filter(({ logged }) => logged !== false)
      .map(({ name: store, kind, key, value }) => [store, `${kind} ${key.name} ${value.name}`]),
  ),
  sinks: [...new Set(nodes.flatMap(({ topic = '' }) => (isInternal.has(topic) ? topic : [])))],
})

/** What changed, from one shape of a topology to the next, worst first. */
export function compareShapes(before: PlanShape, after: PlanShape): readonly PlanChange[] {
  const changes: PlanChange[] = []
  const home = (shape: PlanShape): Map<string, string> =>
    new Map(
      Object.entries(shape.subtopologies).flatMap(([name, { stores }]) =>
        Object.keys(stores).map((store) => [store, name] as const),
      ),
    )
  const homes = { before: home(before), after: home(after) }
  for (const [store, was] of homes.before) {
    const is = homes.after.get(store)
    if (is === undefined) changes.push(lost(store, was))
    else if (is !== was) changes.push(moved(store, was, is))
    else changes.push(...storeChanges(store, before.subtopologies[was], after.subtopologies[was]))
  }
  for (const store of homes.after.keys()) {
    if (!homes.before.has(store)) changes.push({ kind: 'safe', what: `store '${store}' is new` })
  }
  for (const [topic, was] of Object.entries(before.topics)) {
    const is = after.topics[topic]
    if (is !== undefined && is !== was) changes.push(reread(topic, was, is))
  }
  const order = { breaks: 0, loses: 1, safe: 2 } as const
  return changes.sort((a, b) => order[a.kind] - order[b.kind])
}

function storeChanges(
  store: string,
  before: SubtopologyShape | undefined,
  after: SubtopologyShape | undefined,
): PlanChange[] {
  const was = before?.stores[store]
  const is = after?.stores[store]
  const changes: PlanChange[] = []
  if (was !== is) {
    changes.push({ kind: 'breaks', what: `store '${store}' was ${was} and is now ${is}` })
  }
  if (before?.tasks !== after?.tasks) {
    const what = `store '${store}' is spread over ${after?.tasks} tasks, but was over ${before?.tasks}`
    changes.push({ kind: 'breaks', what })
  }
  return changes
}

const lost = (store: string, was: string): PlanChange => ({
  kind: 'loses',
  what: `store '${store}' of '${was}' is gone, with what it held`,
})

const moved = (store: string, was: string, is: string): PlanChange => ({
  kind: 'loses',
  what: `store '${store}' is now in '${is}', and begins empty there; it was in '${was}'`,
})

const reread = (topic: string, was: string, is: string): PlanChange => ({
  kind: 'breaks',
  what: `internal topic '${topic}' holds ${was} and would be read as ${is}`,
})

/**
 * Losses can be accepted, misreading cannot: a store that changes its type takes another name.
 * @throws MillraceError PLAN_INCOMPATIBLE
 */
export function checkChanges(
  topology: string,
  changes: readonly PlanChange[],
  isLossAccepted: boolean,
): void {
  const grave = changes.filter(
    ({ kind }) => kind === 'breaks' || (kind === 'loses' && !isLossAccepted),
  )
  if (grave.length === 0) return
  const isBroken = grave.some(({ kind }) => kind === 'breaks')
  const lines = grave.map(({ kind, what }) => `  ${kind === 'breaks' ? '!' : '-'} ${what}`)
  throw new MillraceError({
    code: 'PLAN_INCOMPATIBLE',
    what: `topology '${topology}' changed in a way that its state does not survive:\n${lines.join('\n')}\n`,
    hint: isBroken
      ? 'Give what changed its type a new name, to begin it empty, or the topology, to begin all of it'
      : 'Give stores the names they had, or accept the loss: acceptPlan: true, or --accept-plan',
  })
}
