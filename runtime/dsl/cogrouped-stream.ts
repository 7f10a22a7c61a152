// CogroupedStream: several grouped streams, each with its own way to fold a value into one aggregate
// per key. One store, one table; each stream stands on its own otherwise.
//
// Source of the semantics: Kafka Streams CogroupedKStream. Without windows, and with sliding ones, a
// null value is dropped and counted; other windows fold it. Each stream has its own clock for lateness.

import { aggregate } from '#actors/operators/aggregate'
import { pass } from '#actors/operators/branch'
import { aggregateFold } from '#actors/operators/window-folds'
import type { SessionWindows, Windows } from '#actors/topology/windows'
import { assert } from '#protocols/core/assert'
import type { Windowed } from '#protocols/records/windowed'
import { serde } from '#protocols/serdes/serdes'
import type { Graph, Make, OperatorBody } from '../plan/graph.ts'
import { type GroupParts, groupParent } from './group-parts.ts'
import { GroupedStream } from './grouped-stream.ts'
import { keptSpec, type Materialized, storeSpec, warnUnnamed } from './materialized.ts'
import { Table } from './table.ts'
import { storeTable } from './table-facts.ts'
import { type WindowedMaterialized, windowedState } from './windowed-table.ts'

/** One of the streams. */
interface Member {
  readonly parts: GroupParts
  /** Typed by the method that took it. */
  readonly update: (aggregate: never, value: never, key: never) => unknown
}

export class CogroupedStream<K, A, Deleted = never> {
  readonly #members: readonly Member[]

  constructor(members: readonly Member[]) {
    this.#members = members
  }

  /** One more stream, with its own update; null deletes the row. */
  cogroup<V, R extends A | null = A>(
    grouped: GroupedStream<K, V>,
    update: (aggregate: A, value: V, key: K) => R,
  ): CogroupedStream<K, A, Deleted | Extract<R, null>> {
    const member = { parts: GroupedStream.partsOf(grouped), update }
    return new CogroupedStream([...this.#members, member])
  }

  /** Cuts the records of each key into windows; results go on with every record. */
  windowedBy(windows: SessionWindows): SessionCogroupedStream<K, A>
  windowedBy(windows: Windows): WindowedCogroupedStream<K, A, Deleted>
  windowedBy(
    windows: Windows,
  ): WindowedCogroupedStream<K, A, Deleted> | SessionCogroupedStream<K, A> {
    if (windows.kind === 'session') return new SessionCogroupedStream(this.#members, windows)
    return new WindowedCogroupedStream(this.#members, windows)
  }

  /** @param initialize called for a key that has no row */
  aggregate(initialize: () => A, options: Materialized<A> = {}): Table<K, A, Deleted> {
    const { graph, node, facts } = first(this.#members)
    const name = graph.nameFor('cogroup', [node], options.name)
    const store = storeSpec(options, name, facts.key ?? serde.json(), JSON_ROW)
    if (options.store === undefined) warnUnnamed(graph, 'aggregate', name)
    const kept = keptSpec(options as never, store)
    const merged = fold(
      graph,
      this.#members,
      { name, store: store.name },
      ({ update }, isFirst) => ({
        kind: 'operator',
        // Operators are typed by their method; the graph holds them all alike.
        make: aggregate({ kept, initialize, update: update as never }) as Make,
        ...(isFirst ? { stores: [store] } : { uses: [store.name] }),
      }),
    )
    return new Table(graph, storeTable(merged, store))
  }
}

export class WindowedCogroupedStream<K, A, Deleted = never> {
  readonly #members: readonly Member[]
  readonly #windows: Windows

  constructor(members: readonly Member[], windows: Windows) {
    this.#members = members
    this.#windows = windows
  }

  /** @param initialize called for a window that has no row */
  aggregate(
    initialize: () => A,
    options: WindowedMaterialized<A> = {},
  ): Table<Windowed<K>, A, Deleted> {
    return foldWindowed(this.#members, this.#windows, options, ({ update }) =>
      aggregateFold(initialize, update as never),
    )
  }
}

export class SessionCogroupedStream<K, A> {
  readonly #members: readonly Member[]
  readonly #windows: SessionWindows

  constructor(members: readonly Member[], windows: SessionWindows) {
    this.#members = members
    this.#windows = windows
  }

  /**
   * @param initialize called for every record
   * @param merge joins what two sessions come to, the older first
   */
  aggregate(
    initialize: () => A,
    merge: (key: K, older: A, newer: A) => A | null,
    options: WindowedMaterialized<A> = {},
  ): Table<Windowed<K>, A, null> {
    return foldWindowed(this.#members, this.#windows, options, ({ update }) =>
      aggregateFold(initialize, update as never, merge as never),
    )
  }
}

function foldWindowed<K, A, D>(
  members: readonly Member[],
  windows: Windows,
  options: WindowedMaterialized<A>,
  foldOf: (member: Member) => unknown,
): Table<Windowed<K>, A, D> {
  const { graph, node, facts } = first(members)
  const state = windowedState({
    ...{ graph, verb: 'cogroup', parent: node, windows, emit: 'on-update', row: JSON_ROW },
    key: facts.key ?? serde.json(),
    options,
  })
  const { name, store } = state
  const merged = fold(graph, members, { name, store: store.name }, (member, isFirst) =>
    state.operator(foldOf(member), isFirst, () => null),
  )
  return new Table(graph, state.facts(merged))
}

/** An operator for each stream, all over one store, and one node that hands on what they all change. */
function fold(
  graph: Graph,
  members: readonly Member[],
  { name, store }: { readonly name: string; readonly store: string },
  bodyOf: (member: Member, isFirst: boolean) => OperatorBody,
): number {
  const nodes = members.map((member, at) => {
    const topic = at === 0 ? store : `${store}-${at + 1}`
    const parent = groupParent(member.parts, topic, false)
    return graph.add('cogroup', `${name}.${at + 1}`, [parent], bodyOf(member, at === 0))
  })
  // Operators are typed by their method; the graph holds them all alike.
  return graph.add('merge', name, nodes, { kind: 'operator', make: pass() as Make })
}

function first([member]: readonly Member[]): GroupParts {
  assert(member !== undefined, 'a cogroup begins with a stream')
  return member.parts
}

const JSON_ROW = serde.json()
