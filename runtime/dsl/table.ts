// Table: the newest value per key. What travels between table operators is a change, the value before
// and after; `toStream` turns it into records again. A table is kept in a store where it is asked for
// by name or by an operator that looks rows up; otherwise its rows are computed when needed.
//
// The third type parameter says whether rows can be deleted: `never`, or `null`.
//
// Source of the semantics: Kafka Streams KTable.

import type { ProcessingContext } from '#actors/operators/process'
import { regroup } from '#actors/operators/regroup'
import {
  filterView,
  mapValuesView,
  tableFilter,
  tableMapValues,
  tableTransformValues,
  transformValuesView,
} from '#actors/operators/table'
import { toStream } from '#actors/operators/to-stream'
import { serde } from '#protocols/serdes/serdes'
import type { Graph, Make } from '../plan/graph.ts'
import { type Computed, computedTable } from './computed-table.ts'
import type { Fits } from './fits.ts'
import { GroupedTable } from './grouped-table.ts'
import { joinByKey } from './join-by-key.ts'
import type { ForeignKeyJoinOptions, JoinKind } from './join-options.ts'
import { joinTables } from './join-tables.ts'
import type { Materialized } from './materialized.ts'
import { connect, type StoreDefinition } from './processor.ts'
import { type GroupOptions, type Named, Stream } from './stream.ts'
import { type SuppressOptions, type SuppressUntil, suppressedTable } from './suppress.ts'
import type { TableFacts } from './table-facts.ts'
import { declaredOr } from './topic.ts'

export interface TransformOptions<V> extends Materialized<V> {
  /** The stores its function uses. */
  readonly stores?: readonly StoreDefinition<unknown>[] | undefined
}

export class Table<K, V, Deleted = never> {
  readonly #graph: Graph
  readonly #facts: TableFacts

  constructor(graph: Graph, facts: TableFacts) {
    this.#graph = graph
    this.#facts = facts
  }

  /** For builders: what is known of a table. */
  static factsOf<K, V, D>(table: Table<K, V, D>): TableFacts {
    return table.#facts
  }

  /**
   * Keeps the rows for which the predicate holds; a row for which it no longer does is deleted.
   * @param options with `store`, the result is kept in a store of its own
   */
  filter<W extends V>(
    predicate: (key: K, value: V) => value is W,
    options?: Materialized<W>,
  ): Table<K, W, null>
  filter(
    predicate: (key: K, value: V) => boolean,
    options?: Materialized<NoInfer<V>>,
  ): Table<K, V, null>
  filter(
    predicate: (key: K, value: V) => boolean,
    options: Materialized<V> = {},
  ): Table<K, V, null> {
    return this.#filter('filter', predicate, options)
  }

  /** Keeps the rows for which the predicate does not hold. */
  filterNot(
    predicate: (key: K, value: V) => boolean,
    options: Materialized<V> = {},
  ): Table<K, V, null> {
    return this.#filter('filterNot', (key, value) => !predicate(key, value), options)
  }

  /** A new value for each row; null for no row. Not called for rows that are deleted. */
  mapValues<R>(
    mapper: (value: V, key: K) => R,
    options: Materialized<NonNullable<R>> = {},
  ): Table<K, NonNullable<R>, Deleted | Extract<R, null>> {
    return this.#computed('mapValues', options, {
      make: (setup) => tableMapValues(mapper as never, setup),
      view: (parent) => mapValuesView(parent as never, mapper as never),
    })
  }

  /**
   * As mapValues, by a function that is made once per task and may have a state of its own; called
   * with null for rows that are deleted. Without a store of its own the result is computed again for
   * every look-up, so it must not depend on how often it was asked.
   */
  transformValues<R>(
    make: (context: ProcessingContext) => (key: K, value: V | null) => R,
    options: TransformOptions<NonNullable<R>> = {},
  ): Table<K, NonNullable<R>, Extract<R, null>> {
    const { stores: definitions = [] } = options
    const stores = definitions.map(({ name }) => name)
    // Operators are typed by their method; the graph holds them all alike.
    const transformer = { make, stores } as never
    return this.#computed('transformValues', options, {
      make: (setup) => tableTransformValues(transformer, setup),
      view: (parent) => transformValuesView(parent as never, transformer),
      connected: connect(this.#graph, definitions),
    })
  }

  /**
   * Groups rows by a key made of each, to be folded by a GroupedTable: a row that changes is taken out
   * of the group it was in and added to the one it is in. Null leaves a row out.
   */
  groupBy<K2, V2>(
    mapper: (key: K, value: V) => readonly [K2 | null, V2 | null] | null,
    options: GroupOptions<K2, V2> = {},
  ): GroupedTable<K2, V2> {
    this.#facts.requestBefore()
    const key = declaredOr(options.key, serde.json())
    const value = declaredOr(options.value, serde.json())
    const given = options.name === undefined ? undefined : `${options.name}.key`
    const name = this.#graph.nameFor('groupBy', [this.#facts.node], given)
    const make = regroup(mapper as never, key, this.#facts.isVersioned)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: make as Make, changes: 'key' } as const
    const node = this.#graph.add('groupBy', name, [this.#facts.node], body)
    return new GroupedTable(this.#graph, node, { key, value, name: options.name })
  }

  /**
   * Holds changes back, of each key the newest, for some event time since the first of them, or until
   * the key's window closes: then each window has one result, and it is final. Only further changes
   * move the time on.
   * @throws MillraceError SUPPRESS_NEEDS_WINDOWS, SUPPRESS_NEEDS_FINAL, SUPPRESS_OF_VERSIONS
   */
  suppress(
    { until }: { readonly until: SuppressUntil<K> },
    options: SuppressOptions = {},
  ): Table<K, V, Deleted> {
    return new Table(this.#graph, suppressedTable(this.#graph, this.#facts, until, options))
  }

  /**
   * The rows of both tables that have the same key, joined; they change whenever one of the two does.
   * @param options with `store`, the result is kept in a store of its own
   */
  join<K2, V2, D2, J>(
    other: Table<K2, V2, D2> & JoinsBy<K, K2>,
    joiner: (left: V, right: V2, key: K) => J,
    options: Materialized<NonNullable<J>> = {},
  ): Table<K, NonNullable<J>, Deleted | D2 | Extract<J, null>> {
    return this.#join('inner', other, joiner, options)
  }

  /** As join, and a row for each of this table's that has no partner, with null in its place. */
  leftJoin<K2, V2, D2, J>(
    other: Table<K2, V2, D2> & JoinsBy<K, K2>,
    joiner: (left: V, right: V2 | null, key: K) => J,
    options: Materialized<NonNullable<J>> = {},
  ): Table<K, NonNullable<J>, Deleted | Extract<J, null>> {
    return this.#join('left', other, joiner, options)
  }

  /** As join, and a row for each of either table that has no partner. */
  outerJoin<K2, V2, D2, J>(
    other: Table<K2, V2, D2> & JoinsBy<K, K2>,
    joiner: (left: V | null, right: V2 | null, key: K) => J,
    options: Materialized<NonNullable<J>> = {},
  ): Table<K, NonNullable<J>, Deleted | D2 | Extract<J, null>> {
    return this.#join('outer', other, joiner, options)
  }

  /**
   * Each row with the row of another table that it names, under its own key. Neither table is
   * partitioned anew: they ask one another through internal topics, so a change on one side may have
   * results on its way while the other changes; the last result of a key is right.
   * @param foreignKey the key of the row that a row names; null names none
   */
  joinByKey<F, V2, D2, J>(
    right: Table<F, V2, D2>,
    foreignKey: (value: V, key: K) => NoInfer<F> | null,
    joiner: (left: V, right: V2, key: K) => J,
    options: ForeignKeyJoinOptions<F, NonNullable<J>> = {},
  ): Table<K, NonNullable<J>, null> {
    return this.#joinByKey(false, right, foreignKey, joiner, options)
  }

  /** As joinByKey, and a row for each row that names none, or one that is not there. */
  leftJoinByKey<F, V2, D2, J>(
    right: Table<F, V2, D2>,
    foreignKey: (value: V, key: K) => NoInfer<F> | null,
    joiner: (left: V, right: V2 | null, key: K) => J,
    options: ForeignKeyJoinOptions<F, NonNullable<J>> = {},
  ): Table<K, NonNullable<J>, null> {
    return this.#joinByKey(true, right, foreignKey, joiner, options)
  }

  /** Every change as a record with the new value; a deletion as a record with a null value. */
  toStream(options?: Named): Stream<K, V | Deleted> {
    const { node: parent, key, value } = this.#facts
    const name = this.#graph.nameFor('toStream', [parent], options?.name)
    // Operators are typed by their method; the graph holds them all alike.
    const body = { kind: 'operator', make: toStream() as Make } as const
    const node = this.#graph.add('toStream', name, [parent], body)
    return new Stream(this.#graph, node, { key, value, isRekeyed: false })
  }

  /** Joiners are typed by their method; the graph holds them all alike. */
  #join<V2, J, D>(
    kind: JoinKind,
    other: unknown,
    joiner: unknown,
    options: unknown,
  ): Table<K, NonNullable<J>, D> {
    const right = Table.factsOf(other as Table<K, V2>)
    const tables = { kind, left: this.#facts, right, joiner: joiner as never }
    return new Table(this.#graph, joinTables(this.#graph, tables, options as never))
  }

  #joinByKey<F, J>(
    isLeft: boolean,
    other: unknown,
    foreignKeyOf: unknown,
    joiner: unknown,
    options: unknown,
  ): Table<K, NonNullable<J>, null> {
    const right = Table.factsOf(other as Table<F, unknown>)
    // Functions are typed by their method; the graph holds them all alike.
    const functions = { foreignKeyOf: foreignKeyOf as never, joiner: joiner as never }
    const tables = { isLeft, left: this.#facts, right, ...functions }
    return new Table(this.#graph, joinByKey(this.#graph, tables, options as never))
  }

  #filter<W extends V>(
    verb: string,
    predicate: (key: K, value: V) => boolean,
    options: Materialized<W>,
  ): Table<K, W, null> {
    // Where the value before is at hand, it saves deletions of rows that never were.
    const sendsBefore = this.#facts.requestBefore(false)
    return this.#computed(verb, options, {
      ...{ sendsBefore, value: this.#facts.value },
      make: (setup) => tableFilter(predicate as never, setup),
      view: (parent) => filterView(parent as never, predicate as never),
    })
  }

  /** Operators are typed by their method; the graph holds them all alike. */
  #computed<V2, D>(
    verb: string,
    options: Materialized<V2>,
    operator: Pick<Computed, 'make' | 'view'> & Partial<Computed>,
  ): Table<K, V2, D> {
    const computed = { value: null, sendsBefore: false, ...operator, verb, parent: this.#facts }
    return new Table(this.#graph, computedTable(this.#graph, computed, options as never))
  }
}

/** Keys of two sides that meet, or a sentence. */
export type JoinsBy<K, K2> = Fits<
  NonNullable<K2>,
  NonNullable<K>,
  'the two sides have keys of different types; use selectKey() or groupBy() so that they meet by the same key'
>
