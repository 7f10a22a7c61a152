// What is known of a table while the graph is written: its node, its bytes, and how its rows can be
// looked up. Tables are not always kept: a filter over a table that is kept is a view of that store.
// Two requests travel up from operators that need more than the newest change:
//
//   requestView()    rows must be looked up: a source table gets a store for it
//   requestBefore()  changes must carry the value before: likewise
//
// Both come before the graph is compiled, and operators read their answers when they are made.
// Source of the semantics: Kafka Streams KTableValueGetter and enableSendingOldValues.

import type { NodeContext } from '#actors/topology/node'
import { storeView, type TableView, versionedView } from '#actors/topology/table-view'
import type { Serde } from '#protocols/serdes/serde'
import type { StoreSpec } from '#stores/store'

/** Opens the view for one task. */
export type ViewMaker<K = unknown, V = unknown> = (context: NodeContext) => TableView<K, V>

export interface ViewFacts {
  readonly make: ViewMaker
  /** The stores it reads; whoever opens it must use them. */
  readonly stores: readonly string[]
}

export interface TableFacts {
  readonly node: number
  /** Null where the program has not said. */
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
  /** The store that holds exactly its rows, when there is one (now: a later request may make one). */
  readonly store: string | null
  /** Rows have versions: look-ups can ask for a time, and changes may be about history only. */
  readonly isVersioned: boolean
  /** How far back versions can be asked for, ms; null when the table is not versioned. */
  readonly historyMs: number | null
  requestView(): ViewFacts
  /**
   * Asks for the value before in every change.
   * @param isForced false: only where it costs no store that would not be there anyway
   * @returns whether changes will carry it
   */
  requestBefore(isForced?: boolean): boolean
}

/** A table that is a store: it keeps its rows in any case and always knows the value before. */
export function storeTable(node: number, store: StoreSpec): TableFacts {
  const { name, key, value } = store
  return {
    ...{ node, key, value, store: name },
    isVersioned: store.kind === 'versioned',
    historyMs: store.kind === 'versioned' ? store.historyRetentionMs : null,
    requestView: () => viewOf(store),
    requestBefore: () => true,
  }
}

/** The rows of a table's store as they are. */
export const viewOf = ({ name, kind }: StoreSpec): ViewFacts => ({
  make: kind === 'versioned' ? versionedView(name) : storeView(name),
  stores: [name],
})
