// filter: lets a record through when the predicate holds. Keeps the key, so never repartitions.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'

export const filter =
  <K, V>(predicate: (key: K, value: V) => boolean) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const holds = guarded(node, predicate)
    return (key, value, time) => {
      if (holds(key, value, undefined)) forward(key, value, time)
    }
  }
