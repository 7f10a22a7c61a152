// A group's place in the graph, for the folds that are written down elsewhere: windows and cogroups.

import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { Graph } from '../plan/graph.ts'
import { repartitioned } from './repartition.ts'

/** What is known of a grouped stream. */
export interface GroupFacts {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
  /** The key may no longer be the one the partition was chosen by. */
  readonly isRekeyed: boolean
  readonly name: string | undefined
}

export interface GroupParts {
  readonly graph: Graph
  readonly node: number
  readonly facts: GroupFacts
}

/**
 * The node whose records are partitioned by the group's key: a repartition topic where it has to be.
 * @param name of the topic, where the group has none of its own
 */
export function groupParent(
  { graph, node, facts }: GroupParts,
  name: string,
  isValueUnread: boolean,
): number {
  if (!facts.isRekeyed) return node
  const key = facts.key ?? serde.json()
  const value = facts.value ?? serde.json()
  return repartitioned(graph, node, { name: facts.name ?? name, key, value, isValueUnread })
}
