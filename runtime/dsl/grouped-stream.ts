// GroupedStream: a stream about to be folded per key. The aggregation decides what the group needs: a
// repartition topic where the key was changed, and in that topic only what the fold reads (a count
// needs no values).

import { aggregate, count, reduce } from '#actors/operators/aggregate'
import type { Serde } from '#protocols/serdes/serde'
import { asSerde, serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import type { Named } from './stream.ts'
import { Table } from './table.ts'
import type { Typed } from './topic.ts'

/** Where a table keeps its rows. */
export interface Materialized<V> extends Named {
  /** The store's name: how queries find it and how its state survives changes of the program. */
  readonly store?: string | undefined
  /** What the rows are; default: as the stream was declared, else JSON. */
  readonly value?: Typed<V> | undefined
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Rows the write-behind cache may hold; default 100,000. */
  readonly cacheEntriesMax?: number | undefined
}

export interface GroupFacts {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
  readonly isRekeyed: boolean
  readonly name: string | undefined
}

export class GroupedStream<K, V> {
  readonly #graph: Graph
  readonly #node: number
  readonly #facts: GroupFacts

  constructor(graph: Graph, node: number, facts: GroupFacts) {
    this.#graph = graph
    this.#node = node
    this.#facts = facts
  }

  /** How many records of each key there were. Records with a null value are dropped and counted. */
  count(options: Omit<Materialized<number>, 'value'> = {}): Table<K, number> {
    const value: Serde<unknown> = serde.unit()
    return this.#fold('count', options, serde.int64(), value, (store) => count(store))
  }

  /** Folds the values of each key into one of the same type. Null deletes the row. */
  reduce<R extends V | null>(
    reducer: (kept: NonNullable<V>, value: NonNullable<V>, key: K) => R,
    options: Materialized<NonNullable<V>> = {},
  ): Table<K, NonNullable<V>, Extract<R, null>> {
    const value = this.#facts.value ?? serde.json()
    return this.#fold('reduce', options, value, value, (store) => reduce(store, reducer as never))
  }

  /**
   * Folds the values of each key into one of any type.
   * @param initialize called for a key that has no row
   * @param update answers the new row; null deletes it. It must not keep or change the old one in
   *   place unless it answers it.
   */
  aggregate<A, R extends A | null = A>(
    initialize: () => A,
    update: (aggregate: A, value: NonNullable<V>, key: K) => R,
    options: Materialized<A> = {},
  ): Table<K, A, Extract<R, null>> {
    const value = this.#facts.value ?? serde.json()
    return this.#fold('aggregate', options, serde.json(), value, (store) =>
      aggregate({ store, initialize, update: update as never }),
    )
  }

  #fold<A, D>(
    verb: string,
    options: Materialized<A>,
    row: Serde<never> | Serde<unknown> | Serde<number>,
    value: Serde<unknown>,
    make: (store: string) => unknown,
  ): Table<K, A, D> {
    const key = this.#facts.key ?? serde.json()
    const name = this.#graph.nameFor(verb, [this.#node], options.name)
    const store: StoreSpec = {
      name: options.store ?? name,
      kind: 'timestamped',
      key,
      value: (options.value === undefined ? row : asSerde(options.value)) as Serde<unknown>,
      medium: options.medium,
      cacheEntriesMax: options.cacheEntriesMax,
    }
    if (options.store === undefined) this.#warnUnnamed(verb, name)
    const parent = this.#facts.isRekeyed ? this.#repartition(store.name, key, value) : this.#node
    const body = { kind: 'operator', make: make(store.name) as Make, stores: [store] } as const
    return new Table<K, A, D>(this.#graph, this.#graph.add(verb, name, [parent], body), {
      key,
      value: store.value,
    })
  }

  #repartition(store: string, key: Serde<unknown>, value: Serde<unknown>): number {
    const name = this.#facts.name ?? store
    const body = { kind: 'repartition', key, value } as const
    return this.#graph.add('repartition', `${name}.repartition`, [this.#node], body)
  }

  #warnUnnamed(verb: string, name: string): void {
    this.#graph.warnings.push(
      `the state of '${name}' has no name of its own: give ${verb} { store: '...' }, or ` +
        'moving the operator in the program will lose its state',
    )
  }
}
