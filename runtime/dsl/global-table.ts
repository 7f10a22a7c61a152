// GlobalTable: a whole topic, in full wherever it is used. It can be joined by any key; it is not
// partitioned, not timed and sends no changes.
//
// Source of the semantics: Kafka Streams GlobalKTable.

import type { Graph } from '../plan/graph.ts'
import type { Topic } from './topic.ts'

export interface GlobalTableOptions {
  /** Names the copies on disk. Default: the topic's name. */
  readonly store?: string | undefined
  /** Where copies are kept; default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
}

export interface GlobalFacts {
  readonly store: string
  readonly topic: Topic<unknown, unknown>
}

export class GlobalTable<K, V> {
  readonly #facts: GlobalFacts
  /** Never there: what it holds, for the compiler. */
  declare readonly rows?: readonly [key: K, value: V]

  constructor(facts: GlobalFacts) {
    this.#facts = facts
  }

  /** For builders: what is known of a global table. */
  static factsOf<K, V>(table: GlobalTable<K, V>): GlobalFacts {
    return table.#facts
  }
}

/** @throws MillraceError NAME_INVALID, NAME_TAKEN */
export function globalFacts(
  graph: Graph,
  topic: Topic<unknown, unknown>,
  { store = topic.name, medium }: GlobalTableOptions,
): GlobalFacts {
  const { key, value } = topic
  const kept = { kind: 'timestamped', name: store, key, value, medium, logged: false } as const
  graph.addGlobal({ store: kept, topic })
  return { store, topic }
}
