// split: sends each record to the first branch whose predicate holds, or to the default branch, or
// nowhere. merge, and the branches themselves, hand on what they get.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'

export interface Branch<K, V> {
  /** The node of the branch. */
  readonly node: string
  readonly holds: (key: K, value: V) => boolean
}

export const branch =
  <K, V>(branches: readonly Branch<K, V>[], otherwise: string | null) =>
  (context: NodeContext): Receive<K, V> => {
    const nowhere: Receive<K, V> = () => {}
    const to = (node: string): Receive<K, V> => context.child(node) ?? nowhere
    const predicates = branches.map(({ holds }) => guarded(context.node, holds))
    const receivers = branches.map(({ node }) => to(node))
    const rest = otherwise === null ? nowhere : to(otherwise)
    return (key, value, time) => {
      const at = predicates.findIndex((holds) => holds(key, value, undefined))
      const receive = receivers[at] ?? rest
      receive(key, value, time)
    }
  }

export const pass =
  <K, V>() =>
  ({ forward }: NodeContext): Receive<K, V> =>
    forward
