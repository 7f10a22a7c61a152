// Which task has a key, and which host has the task. Keys of a store are where the records that made
// them are: the partitioner's answer for the serialised key, over as many partitions as the store's
// sub-topology has tasks. Who is content with an answer that is a little old may ask others than the owner.

import type { Placement } from '#protocols/messages/membership'
import { partitionOf } from '#protocols/records/partitioner'
import type { StoreSpec } from '#stores/store'
import type { Deployment } from '../host/messages.ts'
import type { TopologyPlan } from '../topology/plan.ts'

/** A store and the tasks that keep its parts. */
export interface StorePlace {
  readonly spec: StoreSpec
  readonly topology: string
  readonly subtopology: string
  readonly tasks: number
  /** Topics that its tasks read. */
  readonly inputs: readonly string[]
}

/** Null when no topology has a store of that name. */
export function placeOf(
  store: string,
  topologies: Iterable<{ readonly plan: TopologyPlan; readonly deployment: Deployment }>,
): StorePlace | null {
  for (const { plan, deployment } of topologies) {
    for (const { name, stores, sources } of plan.subtopologies) {
      const spec = stores.find((it) => it.name === store)
      if (spec !== undefined) {
        const tasks = deployment.tasks[name] ?? 0
        const inputs = sources.map(({ topic }) => topic)
        return { spec, topology: plan.name, subtopology: name, tasks, inputs }
      }
    }
  }
  return null
}

/** A global table, which is whole wherever it is asked. */
export interface GlobalPlace {
  readonly spec: StoreSpec
  readonly topology: string
  /** What it is a copy of. */
  readonly inputs: readonly string[]
}

/** Null when no topology has a global table of that name. */
export function globalPlaceOf(
  store: string,
  topologies: Iterable<{ readonly plan: TopologyPlan }>,
): GlobalPlace | null {
  for (const { plan } of topologies) {
    const found = plan.globals?.find(({ store: { name } }) => name === store)
    if (found !== undefined) {
      return { spec: found.store, topology: plan.name, inputs: [found.topic] }
    }
  }
  return null
}

/** Whether tasks of a sub-topology look rows up in a global table, and so their workers have it. */
export const usesGlobal = (plan: TopologyPlan, subtopology: string, store: string): boolean =>
  plan.subtopologies
    .find(({ name }) => name === subtopology)
    ?.globals?.some((it) => it.store.name === store) === true

/** The task that has a key. */
export const taskOfKey = (place: StorePlace, key: Uint8Array): string =>
  taskAt(place, partitionOf(key, key.length, place.tasks))

/** Every task that has a part of the store. */
export const tasksOfStore = (place: StorePlace): string[] =>
  Array.from({ length: place.tasks }, (_, partition) => taskAt(place, partition))

/** The host a task may be asked at, or null while it is on its way. */
export const hostOf = ({ granted }: Placement, task: string): string | null => granted[task] ?? null

/**
 * Who may be asked for a task by those who take an answer from a standby too, in this order: oneself,
 * which costs no time and works while the owner is away, then the owner, then the other standbys.
 */
export function readersOf({ granted, standbys }: Placement, task: string, here: string): string[] {
  const owner = granted[task]
  const all = [...(owner === undefined ? [] : [owner]), ...(standbys[task] ?? [])]
  const isHere = all.includes(here)
  return [...new Set(isHere ? [here, ...all] : all)]
}

const taskAt = ({ topology, subtopology }: StorePlace, partition: number): string =>
  `${topology}/${subtopology}/${partition}`
