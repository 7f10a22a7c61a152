// suppress, while the graph is written: the buffer and the operator, and for final results of windows
// how long after their end they close, which is found by walking up from the table.

import { type Suppression, suppress, suppressView } from '#actors/operators/suppress'
import { suppressedChange } from '#actors/operators/suppressed-change'
import { MillraceError } from '#protocols/core/errors'
import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { serde } from '#protocols/serdes/serdes'
import type { BufferSpec } from '#stores/store'
import type { Graph, Make } from '../plan/graph.ts'
import { type Duration, durationMs } from './duration.ts'
import { warnUnnamed } from './materialized.ts'
import type { Named } from './stream.ts'
import type { TableFacts } from './table-facts.ts'

/** `window-closes` is for tables with windowed keys only: one final result per window. */
export type SuppressUntil<K> = K extends Windowed<unknown> ? 'window-closes' | Duration : Duration

export interface SuppressOptions extends Named {
  /** Names the buffer, so that what is held survives changes of the program. */
  readonly store?: string | undefined
  /** Changes it may hold, one per key; default any number. */
  readonly maxRecords?: number | undefined
  /** Bytes it may hold; default any number. */
  readonly maxBytes?: number | undefined
  /**
   * What happens when it holds too many: `emit-early` releases those held longest, which final results
   * must not be; `shut-down`, the default, fails the task.
   */
  readonly whenFull?: 'emit-early' | 'shut-down' | undefined
  readonly medium?: 'lmdb' | 'memory' | undefined
  /** Whether what is held can be rebuilt elsewhere. Default true. */
  readonly logged?: boolean | undefined
}

/**
 * @throws MillraceError SUPPRESS_NEEDS_WINDOWS, SUPPRESS_NEEDS_FINAL, SUPPRESS_OF_VERSIONS,
 *   WINDOW_NEVER_CLOSES, DURATION_INVALID, NAME_INVALID, NAME_TAKEN
 */
export function suppressedTable(
  graph: Graph,
  parent: TableFacts,
  until: 'window-closes' | Duration,
  options: SuppressOptions,
): TableFacts {
  if (parent.isVersioned) throw ofVersions()
  // The value before is what is known of a key that is held.
  parent.requestBefore()
  const name = graph.nameFor('suppress', [parent.node], options.name)
  if (options.store === undefined) warnUnnamed(graph, 'suppress', name)
  const key = parent.key ?? serde.json()
  const value = parent.value ?? serde.json()
  const store: BufferSpec = {
    ...{ kind: 'buffer', keeps: 'newest', name: options.store ?? name, key },
    ...{ medium: options.medium, logged: options.logged },
    // The graph holds serdes of every type alike.
    value: suppressedChange(value) as Serde<unknown>,
  }
  // Operators are typed by their method; the graph holds them all alike.
  const make = suppress(suppression(graph, parent, until, store.name, options)) as Make
  const body = { kind: 'operator', make, stores: [store] } as const
  const node = graph.add('suppress', name, [parent.node], body)
  return {
    ...{ node, key, value, store: null, isVersioned: false, historyMs: null },
    requestView: () => {
      const view = parent.requestView()
      return { make: suppressView(view.make, store.name), stores: [...view.stores, store.name] }
    },
    requestBefore: () => true,
  }
}

function suppression(
  graph: Graph,
  parent: TableFacts,
  until: 'window-closes' | Duration,
  store: string,
  options: SuppressOptions,
): Suppression {
  const { whenFull = 'shut-down' } = options
  const isFinal = until === 'window-closes'
  if (isFinal && whenFull === 'emit-early') throw needsFinal()
  return {
    store,
    from: isFinal ? 'window-end' : 'record',
    waitMs: isFinal ? closesAfter(graph, parent.node) : durationMs(until, 'the wait of suppress'),
    recordsMax: options.maxRecords ?? Number.POSITIVE_INFINITY,
    bytesMax: options.maxBytes ?? Number.POSITIVE_INFINITY,
    whenFull,
  }
}

/** How long after their end the windows above a node close; the longest, where several meet. */
function closesAfter(graph: Graph, id: number): number {
  const { body, parents } = graph.node(id)
  if (body.kind === 'operator' && body.closesAfterMs !== undefined) {
    if (!Number.isFinite(body.closesAfterMs)) throw neverCloses()
    return body.closesAfterMs
  }
  if (parents.length === 0) throw needsWindows()
  return Math.max(...parents.map((parent) => closesAfter(graph, parent)))
}

const needsWindows = (): MillraceError =>
  new MillraceError({
    code: 'SUPPRESS_NEEDS_WINDOWS',
    what: "suppress until 'window-closes' stands on a table that has no windows",
    hint: 'Aggregate over windowedBy(...) first, or suppress for a duration',
  })

const neverCloses = (): MillraceError =>
  new MillraceError({
    code: 'WINDOW_NEVER_CLOSES',
    what: "suppress until 'window-closes' stands on an unlimited window, which never does",
    hint: 'Take windows that end, or suppress for a duration',
  })

const needsFinal = (): MillraceError =>
  new MillraceError({
    code: 'SUPPRESS_NEEDS_FINAL',
    what: "suppress until 'window-closes' cannot emit early: its results are final",
    hint: "Take whenFull: 'shut-down', or suppress for a duration",
  })

const ofVersions = (): MillraceError =>
  new MillraceError({
    code: 'SUPPRESS_OF_VERSIONS',
    what: 'a versioned table cannot be suppressed: its changes may be about the past',
    hint: 'Suppress a table without versions',
  })
