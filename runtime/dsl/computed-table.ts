// Builds tables: those that a source or a stream fills, and those computed row by row from another
// table. Neither has a store unless the program names one; a filled table gets one as soon as
// somebody must look its rows up, a computed one answers from the table before it.

import { type TableSetup, tableSource } from '#actors/operators/table'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import { keptSpec, type Materialized, storeSpec, warnUnnamed } from './materialized.ts'
import { type TableFacts, type ViewMaker, viewOf } from './table-facts.ts'

export interface Filled {
  readonly verb: string
  /** Where its records come from. */
  readonly parent: number
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  /** Its name follows from a topic, so a store without a name of its own is no surprise. */
  readonly isSource: boolean
}

/** A table of the newest value of each key. */
export function filledTable(
  graph: Graph,
  { verb, parent, key, value, isSource }: Filled,
  options: Materialized<never>,
): TableFacts {
  const name = graph.nameFor(verb, [parent], options.name)
  const isAsked = options.store !== undefined || options.versioned !== undefined
  let spec: StoreSpec | null = isAsked ? storeSpec(options, name, key, value) : null
  let sendsBefore = false
  const setup = (): TableSetup => ({
    kept: spec === null ? null : keptSpec(options, spec),
    sendsBefore,
  })
  // Operators are typed by their method; the graph holds them all alike.
  const make = tableSource(setup) as Make
  const stores = spec === null ? [] : [spec]
  const node = graph.add(verb, name, [parent], { kind: 'operator', make, stores })
  const materialised = (): StoreSpec => {
    if (spec !== null) return spec
    spec = storeSpec(options, name, key, value)
    graph.bring(node, spec)
    if (!isSource) warnUnnamed(graph, verb, name)
    return spec
  }
  return {
    ...{ node, key, value: spec?.value ?? value },
    get store() {
      return spec?.name ?? null
    },
    isVersioned: options.versioned !== undefined,
    historyMs: options.versioned?.historyMs ?? null,
    requestView: () => viewOf(materialised()),
    requestBefore(isForced = true) {
      if (!isForced && spec === null) return false
      materialised()
      sendsBefore = true
      return true
    },
  }
}

export interface Computed {
  readonly verb: string
  readonly parent: TableFacts
  /** What its rows are, where that is known. */
  readonly value: Serde<unknown> | null
  /** It is told the value before already. */
  readonly sendsBefore: boolean
  readonly make: (setup: () => TableSetup) => unknown
  readonly view: (parent: ViewMaker) => unknown
  /** Stores that its function uses. */
  readonly connected?: { readonly stores: readonly StoreSpec[]; readonly uses: readonly string[] }
}

/** A table computed row by row from another one. */
export function computedTable(
  graph: Graph,
  { verb, parent, value, make, view, connected, ...computed }: Computed,
  options: Materialized<never>,
): TableFacts {
  const name = graph.nameFor(verb, [parent.node], options.name)
  const spec =
    options.store === undefined
      ? null
      : storeSpec(options, name, parent.key ?? serde.json(), value ?? serde.json())
  let { sendsBefore } = computed
  const setup = (): TableSetup => ({
    kept: spec === null ? null : keptSpec(options, spec),
    sendsBefore,
  })
  // Operators are typed by their method; the graph holds them all alike.
  const operator = { kind: 'operator', make: make(setup) as Make } as const
  const { stores: brought = [], uses = [] } = connected ?? {}
  const stores = spec === null ? brought : [...brought, spec]
  const node = graph.add(verb, name, [parent.node], { ...operator, stores, uses })
  const isVersioned = spec === null ? parent.isVersioned : spec.kind === 'versioned'
  return {
    ...{ node, key: parent.key, value: spec?.value ?? value, store: spec?.name ?? null },
    isVersioned,
    historyMs: spec === null ? parent.historyMs : (options.versioned?.historyMs ?? null),
    requestView() {
      if (spec !== null) return viewOf(spec)
      const above = parent.requestView()
      // The view of a table is typed by its method as well.
      const stores = [...above.stores, ...brought.map((store) => store.name), ...uses]
      return { make: view(above.make) as ViewMaker, stores }
    },
    requestBefore(isForced = true) {
      sendsBefore ||= spec !== null || parent.requestBefore(isForced)
      return sendsBefore
    },
  }
}
