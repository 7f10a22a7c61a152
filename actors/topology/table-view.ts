// How the rows of a table are looked up from another operator: from the table's store, or computed
// from the rows of the tables it stands on.

import type { NodeContext, TableView } from './node.ts'

export type { TableView } from './node.ts'

/** The rows of a timestamped store as they are. */
export const storeView =
  <K, V>(store: string) =>
  (context: NodeContext): TableView<K, V> => {
    const kept = context.store<K, V>(store)
    return { get: (key) => kept.getTimestamped(key) }
  }

/** The versions of a versioned store. */
export const versionedView =
  <K, V>(store: string) =>
  (context: NodeContext): TableView<K, V> => {
    const kept = context.storeOf<K, V, 'versioned'>(store, 'versioned')
    return { get: (key) => kept.get(key), getAsOf: (key, asOf) => kept.get(key, asOf) }
  }
