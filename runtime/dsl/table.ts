// Table: the newest value per key, kept in a store. What travels between table operators is a change,
// the value before and after; `toStream` turns it into records again.
//
// The third type parameter says whether rows can be deleted: `never`, or `null`.

import { toStream } from '#actors/operators/to-stream'
import type { Serde } from '#protocols/serdes/serde'
import type { Graph, Make } from '../plan/graph.ts'
import { type Named, Stream } from './stream.ts'

export class Table<K, V, Deleted = never> {
  readonly #graph: Graph
  readonly #node: number
  readonly #facts: { readonly key: Serde<unknown>; readonly value: Serde<unknown> }

  constructor(
    graph: Graph,
    node: number,
    facts: { readonly key: Serde<unknown>; readonly value: Serde<unknown> },
  ) {
    this.#graph = graph
    this.#node = node
    this.#facts = facts
  }

  /** Every change as a record with the new value; a deletion as a record with a null value. */
  toStream(options?: Named): Stream<K, V | Deleted> {
    const name = this.#graph.nameFor('toStream', [this.#node], options?.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: toStream() as Make } as const
    const node = this.#graph.add('toStream', name, [this.#node], body)
    return new Stream(this.#graph, node, { ...this.#facts, isRekeyed: false })
  }
}
