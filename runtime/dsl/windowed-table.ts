// What windowed aggregations have in common while the graph is written: the store, the windowed keys,
// the operator for the kind of window, and the table that comes of it.

import { foldSessions } from '#actors/operators/session-windows'
import { foldSlidingWindows } from '#actors/operators/sliding-windows'
import { foldTimeWindows, foldUnlimitedWindow } from '#actors/operators/time-windows'
import type { WindowFold, WindowSetup } from '#actors/operators/window-folds'
import { sessionView, windowView } from '#actors/operators/window-views'
import {
  closesAfterMs,
  type EmitMode,
  retentionLeastMs,
  spanMs,
  type Windows,
} from '#actors/topology/windows'
import { MillraceError } from '#protocols/core/errors'
import type { Windowed } from '#protocols/records/windowed'
import type { Serde } from '#protocols/serdes/serde'
import { asSerde, serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import type { Graph, Make, OperatorBody } from '../plan/graph.ts'
import { type Duration, durationMs } from './duration.ts'
import { type Materialized, warnUnnamed } from './materialized.ts'
import type { TableFacts } from './table-facts.ts'

/** Where a windowed table keeps its rows. */
export interface WindowedMaterialized<A> extends Omit<Materialized<A>, 'ttl' | 'versioned'> {
  /**
   * How long a window can be looked up, by event time from its start (a session: its end). Default,
   * and least: until it closes.
   */
  readonly retention?: Duration | undefined
}

export interface WindowedAsk<A> {
  readonly graph: Graph
  readonly verb: string
  /** What it is named after where it has no name of its own. */
  readonly parent: number
  readonly windows: Windows
  readonly emit: EmitMode
  readonly key: Serde<unknown>
  /** What rows are where the options do not say. */
  readonly row: Serde<unknown>
  readonly options: WindowedMaterialized<A>
}

/** The state of one windowed aggregation, and what can be made of it. */
export interface WindowedState {
  readonly name: string
  readonly store: StoreSpec
  /** An operator that folds a stream into the state; the first brings the store. */
  operator(fold: unknown, isFirst: boolean, late: () => string | null): OperatorBody
  facts(node: number): TableFacts
}

/** @throws MillraceError NAME_INVALID, NAME_TAKEN, RETENTION_TOO_SHORT, WINDOW_NEVER_CLOSES */
export function windowedState<A>(ask: WindowedAsk<A>): WindowedState {
  const { graph, verb, windows, emit, options } = ask
  if (emit === 'on-close' && windows.kind === 'unlimited') throw neverCloses()
  const name = graph.nameFor(verb, [ask.parent], options.name)
  const store = storeOf(ask, name)
  if (options.store === undefined) warnUnnamed(graph, verb, name)
  const span = spanMs(windows)
  // The graph holds serdes of every type alike.
  const inner = store.key
  const key: Serde<Windowed<unknown>> =
    span === null ? serde.sessionWindowed(inner) : serde.windowed(inner, span)
  const isHeld = options.caching === true && emit === 'on-update'
  const setup = { store: store.name, emit, isHeld, key, value: store.value }
  return {
    name,
    store,
    operator: (fold, isFirst, late) => ({
      kind: 'operator',
      // Operators are typed by their verb; the graph holds them all alike.
      make: operatorOf(windows, { ...setup, fold: fold as AnyFold, late }) as Make,
      closesAfterMs: closesAfterMs(windows),
      ...(isFirst ? { stores: [store] } : { uses: [store.name] }),
    }),
    facts: (node) => ({
      ...{ node, key: key as Serde<unknown>, value: store.value, store: store.name },
      ...{ isVersioned: false, historyMs: null },
      requestView: () => ({
        // A view is asked for rows by keys of its own table.
        make: (span === null ? sessionView : windowView)(store.name) as never,
        stores: [store.name],
      }),
      requestBefore: () => true,
    }),
  }
}

type AnyFold = WindowFold<unknown, unknown, unknown>

function operatorOf(windows: Windows, setup: WindowSetup<unknown, unknown, unknown>): unknown {
  switch (windows.kind) {
    case 'time':
      return foldTimeWindows(windows, setup)
    case 'unlimited':
      return foldUnlimitedWindow(windows, setup)
    case 'sliding':
      return foldSlidingWindows(windows, setup)
    case 'session':
      return foldSessions(windows, setup)
  }
}

function storeOf<A>(ask: WindowedAsk<A>, name: string): StoreSpec {
  const { windows, emit, key, row, options } = ask
  const { medium, cacheEntriesMax, logged } = options
  const leastMs = retentionLeastMs(windows)
  const askedMs = options.retention === undefined ? leastMs : durationMs(options.retention)
  if (askedMs < leastMs) throw retentionTooShort(options.store ?? name, askedMs, leastMs)
  // At the moment it closes, a window must still be there to be sent, and a session to be extended.
  const isSeenClosing = emit === 'on-close' || windows.kind === 'session'
  const retentionMs = Math.max(1, isSeenClosing ? askedMs + 1 : askedMs)
  const common = {
    ...{ name: options.store ?? name, key, medium, cacheEntriesMax, logged, retentionMs },
    // A store holds values of every type alike.
    value: options.value === undefined ? row : (asSerde(options.value) as Serde<unknown>),
  }
  const windowSizeMs = spanMs(windows)
  if (windowSizeMs === null) return { ...common, kind: 'session' }
  return { ...common, kind: 'window', windowSizeMs }
}

const retentionTooShort = (store: string, askedMs: number, leastMs: number): MillraceError =>
  new MillraceError({
    code: 'RETENTION_TOO_SHORT',
    what: `the retention of '${store}' is ${askedMs} ms, but its windows take records for ${leastMs} ms`,
    hint: 'Ask for a longer retention, or for smaller windows or less grace',
  })

const neverCloses = (): MillraceError =>
  new MillraceError({
    code: 'WINDOW_NEVER_CLOSES',
    what: "an unlimited window never closes, so emit: 'on-close' would never emit",
    hint: "Take emit: 'on-update', or windows that end",
  })
