// GroupedTable: rows of a table about to be folded by group. Rows come and go, so a fold needs both
// ways: how to add a value, and how to take one out. Groups stand behind a repartition topic always.
//
// Source of the semantics: Kafka Streams KGroupedTable; the subtractor runs before the adder.

import { foldGroups, type Regrouping } from '#actors/operators/regroup'
import { change } from '#protocols/serdes/change'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { Graph, Make } from '../plan/graph.ts'
import { keptSpec, type Materialized, storeSpec, warnUnnamed } from './materialized.ts'
import { Table } from './table.ts'
import { storeTable } from './table-facts.ts'

export interface RegroupFacts {
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly name: string | undefined
}

export class GroupedTable<K, V> {
  readonly #graph: Graph
  readonly #node: number
  readonly #facts: RegroupFacts

  constructor(graph: Graph, node: number, facts: RegroupFacts) {
    this.#graph = graph
    this.#node = node
    this.#facts = facts
  }

  /** How many rows each group has; a group that had rows and has none counts 0. */
  count(options: Omit<Materialized<number>, 'value'> = {}): Table<K, number> {
    return this.#fold<number, never>('count', options, serde.int64(), {
      add: (count) => (count ?? 0) + 1,
      subtract: (count) => count - 1,
    })
  }

  /**
   * Folds the values of each group into one of the same type; the first is taken as it is.
   * @param adder the group with one more value; null deletes its row
   * @param subtractor the group without a value
   */
  reduce<R extends V | null>(
    adder: (kept: V, value: V, key: K) => R,
    subtractor: (kept: V, value: V, key: K) => R,
    options: Materialized<V> = {},
  ): Table<K, V, Extract<R, null>> {
    return this.#fold<V, Extract<R, null>>('reduce', options, this.#facts.value, {
      add: (kept, value: V, key) => (kept === undefined ? value : adder(kept, value, key)),
      subtract: subtractor,
    })
  }

  /**
   * Folds the values of each group into one of any type.
   * @param initialize called for a group that has no row
   * @param adder the group with one more value; null deletes its row
   * @param subtractor the group without a value
   */
  aggregate<A, R extends A | null = A>(
    initialize: () => A,
    adder: (aggregate: A, value: V, key: K) => R,
    subtractor: (aggregate: A, value: V, key: K) => R,
    options: Materialized<A> = {},
  ): Table<K, A, Extract<R, null>> {
    return this.#fold<A, Extract<R, null>>('aggregate', options, serde.json(), {
      add: (kept, value, key) => adder(kept === undefined ? initialize() : kept, value, key),
      subtract: subtractor,
    })
  }

  #fold<A, D>(
    verb: string,
    options: Materialized<A>,
    row: Serde<never> | Serde<number> | Serde<unknown>,
    fold: Regrouping<K, V, A>,
  ): Table<K, A, D> {
    const { key, value } = this.#facts
    const name = this.#graph.nameFor(verb, [this.#node], options.name)
    const store = storeSpec(options, name, key, row as Serde<unknown>)
    if (options.store === undefined) warnUnnamed(this.#graph, verb, name)
    const repartition = this.#graph.repartition(
      this.#node,
      `${this.#facts.name ?? store.name}.repartition`,
      { key, value: change(value) as Serde<unknown> },
    )
    // Operators are typed by their method; the graph holds them all alike.
    const make = foldGroups(keptSpec(options, store), fold) as Make
    const body = { kind: 'operator', make, stores: [store], changes: 'value' } as const
    const node = this.#graph.add(verb, name, [repartition], body)
    return new Table(this.#graph, storeTable(node, store))
  }
}
