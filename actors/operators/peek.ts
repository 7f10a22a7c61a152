// peek and forEach: a user function looks at each record; with peek the record goes on unchanged.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'

/** A record on its own, as functions that only look at it are given it. */
export type Look<K, V> = (key: K, value: V, time: number) => void

export const peek =
  <K, V>(look: Look<K, V>) =>
  (context: NodeContext): Receive<K, V> => {
    const { forward, node } = context
    const looked = guarded(node, look)
    return (key, value, time) => {
      looked(key, value, time)
      forward(key, value, time)
    }
  }

export const forEach =
  <K, V>(look: Look<K, V>) =>
  ({ node }: NodeContext): Receive<K, V> =>
    guarded(node, look)
