// Where a stream's key may no longer be the one its partition was chosen by, whatever depends on keys
// stands behind a repartition topic. Named, a topic is one's own; unnamed ones below the same operator
// share it where they are alike.

import type { Serde } from '#protocols/serdes/serde'
import type { Graph, RepartitionBody } from '../plan/graph.ts'

export interface RepartitionAsk {
  /** The topic's name, `.repartition` is added. */
  readonly name: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly isValueUnread?: RepartitionBody['isValueUnread']
  readonly keepsNullKeys?: RepartitionBody['keepsNullKeys']
}

/** Puts a repartition topic below `parent` and answers its node; the same name, the same node. */
export function repartitioned(graph: Graph, parent: number, ask: RepartitionAsk): number {
  const { name, ...body } = ask
  return graph.repartition(parent, `${name}.repartition`, { ...body, isMergeable: true })
}
