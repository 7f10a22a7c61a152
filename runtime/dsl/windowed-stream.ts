// WindowedStream and SessionStream: the records of each key, cut into windows, about to be folded. The
// result is a table with a row per key and window.
//
// Source of the semantics: Kafka Streams TimeWindowedKStream and SessionWindowedKStream. Null values
// are folded as any other, except by sliding windows, which drop them.

import { pass } from '#actors/operators/branch'
import { aggregateFold, countFold, reduceFold } from '#actors/operators/window-folds'
import type { EmitMode, Windows } from '#actors/topology/windows'
import { MillraceError } from '#protocols/core/errors'
import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { Make } from '../plan/graph.ts'
import { type GroupParts, groupParent } from './group-parts.ts'
import { type Named, Stream } from './stream.ts'
import { Table } from './table.ts'
import { type WindowedMaterialized, windowedState } from './windowed-table.ts'

export interface WindowOptions {
  /**
   * When results go on. `on-update`, the default: with every record. `on-close`: once per window, by
   * the record that closes it, which is the first one as late as the window's end and grace; a window
   * that no record closes stays silent.
   */
  readonly emit?: EmitMode | undefined
}

/** The records of each key in windows of one size. */
export class WindowedStream<K, V> {
  readonly #windowing: Windowing

  constructor(parts: GroupParts, windows: Windows, emit: EmitMode = 'on-update') {
    this.#windowing = new Windowing(parts, windows, emit)
  }

  /** How many records of each key there were in each window. */
  count(options: Omit<WindowedMaterialized<number>, 'value'> = {}): Table<Windowed<K>, number> {
    return this.#windowing.fold('count', options, serde.int64(), countFold())
  }

  /** Folds the values in each window into one of the same type. Null deletes the row. */
  reduce<R extends V | null>(
    reducer: (kept: NonNullable<V>, value: V, key: K) => R,
    options: WindowedMaterialized<NonNullable<V>> = {},
  ): Table<Windowed<K>, NonNullable<V>, Extract<R | V, null>> {
    const fold = reduceFold(reducer as never)
    return this.#windowing.fold('reduce', options, this.#windowing.value, fold)
  }

  /**
   * Folds the values in each window into one of any type.
   * @param initialize called for a window that has no row
   * @param update answers the new row; null deletes it. It must not keep or change the old one in
   *   place unless it answers it.
   */
  aggregate<A, R extends A | null = A>(
    initialize: () => A,
    update: (aggregate: A, value: V, key: K) => R,
    options: WindowedMaterialized<A> = {},
  ): Table<Windowed<K>, A, Extract<R, null>> {
    const fold = aggregateFold(initialize, update as never)
    return this.#windowing.fold('aggregate', options, serde.json(), fold)
  }

  /**
   * The records that no window took because all of theirs were closed, as they came.
   * @throws MillraceError WINDOW_UNUSED before anything was folded: what is late is known where it is
   */
  late(options?: Named): Stream<K, V> {
    return this.#windowing.late(options)
  }
}

/** The records of each key in sessions. */
export class SessionStream<K, V> {
  readonly #windowing: Windowing

  constructor(parts: GroupParts, windows: Windows, emit: EmitMode = 'on-update') {
    this.#windowing = new Windowing(parts, windows, emit)
  }

  /** How many records of each key there were in each session. */
  count(
    options: Omit<WindowedMaterialized<number>, 'value'> = {},
  ): Table<Windowed<K>, number, null> {
    return this.#windowing.fold('count', options, serde.int64(), countFold())
  }

  /** Folds the values in each session into one of the same type; also those of sessions that merge. */
  reduce<R extends V | null>(
    reducer: (kept: NonNullable<V>, value: V, key: K) => R,
    options: WindowedMaterialized<NonNullable<V>> = {},
  ): Table<Windowed<K>, NonNullable<V>, null> {
    const fold = reduceFold(reducer as never)
    return this.#windowing.fold('reduce', options, this.#windowing.value, fold)
  }

  /**
   * Folds the values in each session into one of any type.
   * @param initialize called for every record
   * @param update answers the new row; null deletes it
   * @param merge joins what two sessions come to, the older first; a record joins the sessions that it
   *   extends, and is folded in last
   */
  aggregate<A, R extends A | null = A>(
    initialize: () => A,
    update: (aggregate: A, value: V, key: K) => R,
    merge: (key: K, older: A, newer: A) => NoInfer<R>,
    options: WindowedMaterialized<A> = {},
  ): Table<Windowed<K>, A, null> {
    const fold = aggregateFold(initialize, update as never, merge as never)
    return this.#windowing.fold('aggregate', options, serde.json(), fold)
  }

  /**
   * The records whose session was closed, as they came.
   * @throws MillraceError WINDOW_UNUSED before anything was folded: what is late is known where it is
   */
  late(options?: Named): Stream<K, V> {
    return this.#windowing.late(options)
  }
}

/** What both have in common, without types. */
class Windowing {
  readonly value: Serde<unknown>
  readonly #parts: GroupParts
  readonly #windows: Windows
  readonly #emit: EmitMode
  /** The first aggregation, and the child of it that takes late records. */
  #first: number | null = null
  #late: { readonly name: string; readonly node: number } | null = null

  constructor(parts: GroupParts, windows: Windows, emit: EmitMode) {
    this.#parts = parts
    this.#windows = windows
    this.#emit = emit
    this.value = parts.facts.value ?? serde.json()
  }

  fold<K, A, D>(
    verb: string,
    options: WindowedMaterialized<A>,
    row: Serde<never> | Serde<unknown> | Serde<number>,
    fold: unknown,
  ): Table<Windowed<K>, A, D> {
    const { graph, node, facts } = this.#parts
    const state = windowedState({
      ...{ graph, verb, parent: node, windows: this.#windows, emit: this.#emit },
      key: facts.key ?? serde.json(),
      // The graph holds serdes of every type alike.
      row: row as Serde<unknown>,
      options,
    })
    const parent = groupParent(this.#parts, state.store.name, verb === 'count')
    const isFirst = this.#first === null
    const late = isFirst ? () => this.#late?.name ?? null : () => null
    const operator = graph.add(verb, state.name, [parent], state.operator(fold, true, late))
    if (isFirst) this.#first = operator
    return new Table(graph, state.facts(operator))
  }

  late<K, V>(options?: Named): Stream<K, V> {
    const { graph, facts } = this.#parts
    if (this.#first === null) throw windowUnused()
    if (this.#late === null) {
      for (const parent of graph.node(this.#first).parents) graph.readValues(parent)
      const name = graph.nameFor('late', [this.#first], options?.name)
      // Operators are typed by their method; the graph holds them all alike.
      const body = { kind: 'operator', make: pass() as Make } as const
      this.#late = { name, node: graph.add('late', name, [this.#first], body) }
    }
    const { key, value } = facts
    return new Stream(graph, this.#late.node, { key, value, isRekeyed: false })
  }
}

const windowUnused = (): MillraceError =>
  new MillraceError({
    code: 'WINDOW_UNUSED',
    what: 'late() comes before anything was folded into the windows',
    hint: 'Call count, reduce or aggregate first: what is late is known where records are folded',
  })
