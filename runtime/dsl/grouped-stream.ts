// GroupedStream: a stream about to be folded per key. The aggregation decides what the group needs: a
// repartition topic where the key was changed, and in that topic only what the fold reads (a count
// needs no values).

import { aggregate, count, reduce } from '#actors/operators/aggregate'
import type { KeptSpec } from '#actors/operators/kept-rows'
import type {
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
  Windows,
} from '#actors/topology/windows'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { Graph, Make } from '../plan/graph.ts'
import { CogroupedStream } from './cogrouped-stream.ts'
import { type GroupFacts, type GroupParts, groupParent } from './group-parts.ts'
import { keptSpec, type Materialized, storeSpec, warnUnnamed } from './materialized.ts'
import { Table } from './table.ts'
import { storeTable } from './table-facts.ts'
import { SessionStream, WindowedStream, type WindowOptions } from './windowed-stream.ts'

export class GroupedStream<K, V> {
  readonly #graph: Graph
  readonly #node: number
  readonly #facts: GroupFacts

  constructor(graph: Graph, node: number, facts: GroupFacts) {
    this.#graph = graph
    this.#node = node
    this.#facts = facts
  }

  /** For builders: where a group is in the graph, and what is known of it. */
  static partsOf<K, V>(grouped: GroupedStream<K, V>): GroupParts {
    return { graph: grouped.#graph, node: grouped.#node, facts: grouped.#facts }
  }

  /** How many records of each key there were. Records with a null value are dropped and counted. */
  count(options: Omit<Materialized<number>, 'value'> = {}): Table<K, number> {
    return this.#fold('count', options, serde.int64(), count)
  }

  /** Folds the values of each key into one of the same type. Null deletes the row. */
  reduce<R extends V | null>(
    reducer: (kept: NonNullable<V>, value: NonNullable<V>, key: K) => R,
    options: Materialized<NonNullable<V>> = {},
  ): Table<K, NonNullable<V>, Extract<R, null>> {
    const value = this.#facts.value ?? serde.json()
    return this.#fold('reduce', options, value, (kept) => reduce(kept, reducer as never))
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
    return this.#fold('aggregate', options, serde.json(), (kept) =>
      aggregate({ kept, initialize, update: update as never }),
    )
  }

  /**
   * Cuts the records of each key into windows, by event time: see tumbling, hopping, sliding, session,
   * unlimited.
   * @throws MillraceError WINDOW_NEVER_CLOSES, from the fold, for an unlimited window `on-close`
   */
  windowedBy(windows: TimeWindows, options?: WindowOptions): WindowedStream<K, V>
  windowedBy(windows: SlidingWindows, options?: WindowOptions): WindowedStream<K, NonNullable<V>>
  windowedBy(windows: SessionWindows, options?: WindowOptions): SessionStream<K, V>
  windowedBy(
    windows: UnlimitedWindows,
    options?: { readonly emit?: 'on-update' },
  ): WindowedStream<K, V>
  windowedBy(
    windows: Windows,
    options: WindowOptions = {},
  ): WindowedStream<K, V> | WindowedStream<K, NonNullable<V>> | SessionStream<K, V> {
    const parts = GroupedStream.partsOf(this)
    if (windows.kind === 'session') return new SessionStream(parts, windows, options.emit)
    return new WindowedStream(parts, windows, options.emit)
  }

  /** Begins an aggregation over several streams: see CogroupedStream. */
  cogroup<A, R extends A | null = A>(
    update: (aggregate: A, value: V, key: K) => R,
  ): CogroupedStream<K, A, Extract<R, null>> {
    return new CogroupedStream<K, A>([]).cogroup(this, update)
  }

  #fold<A, D>(
    verb: string,
    options: Materialized<A>,
    row: Serde<never> | Serde<unknown> | Serde<number>,
    make: (kept: KeptSpec) => unknown,
  ): Table<K, A, D> {
    const key = this.#facts.key ?? serde.json()
    const name = this.#graph.nameFor(verb, [this.#node], options.name)
    const store = storeSpec(options, name, key, row as Serde<unknown>)
    if (options.store === undefined) warnUnnamed(this.#graph, verb, name)
    const parts = GroupedStream.partsOf(this)
    const parent = groupParent(parts, store.name, verb === 'count')
    // Operators are typed by their method; the graph holds them all alike.
    const operator = make(keptSpec(options, store)) as Make
    const body = { kind: 'operator', make: operator, stores: [store] } as const
    const node = this.#graph.add(verb, name, [parent], body)
    return new Table<K, A, D>(this.#graph, storeTable(node, store))
  }
}
