// toStream: a table's changes as a stream of its newest values; a deletion becomes a null value.

import type { Change, NodeContext, Receive } from '../topology/node.ts'

export const toStream =
  <K, V>() =>
  ({ forward }: NodeContext): Receive<K, Change<V>> =>
  (key, change, time) =>
    forward(key, change.after, time)
