// The table verbs: source, filter, mapValues, transformValues. They turn changes into changes. One
// that keeps its rows knows the value before from its store; one that does not computes it from the
// change, and only when somebody downstream asked for it.
//
// Source of the semantics: Kafka Streams KTableSource, KTableFilter, KTableMapValues and
// KTableTransformValues. A filtered-out row is a deletion; where the value before is known, going
// from nothing to nothing says nothing, unless the table has versions: then every change goes on.

import { guarded } from '../topology/guard.ts'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'
import { type KeptSpec, keptRows } from './kept-rows.ts'
import { type ProcessingContext, processingContext } from './process.ts'

/** What the planner knows of a table operator by the time it is made. */
export interface TableSetup {
  /** Null: its rows are nowhere kept. */
  readonly kept: KeptSpec | null
  /** Somebody downstream needs the value before. */
  readonly sendsBefore: boolean
}

/** Records as changes of rows. Without a key there is no row: dropped and counted. */
export const tableSource =
  <K, V>(setup: () => TableSetup) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { kept } = setup()
    const { forward } = context
    if (kept === null) {
      return (key, after, time) => {
        if (key === null) return context.drop('null-key')
        forward(key, { before: undefined, after }, time)
      }
    }
    const rows = keptRows<K, V>(kept, context)
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      rows.update(key, value, time)
    }
  }

/** A value of the table as a value of the table after it; null is no row. */
type Compute<K, V, R> = (key: K, value: V | null) => R | null

/** A function of values with a state of its own, made once per task. */
export interface Transformer<K, V, R> {
  readonly make: (context: ProcessingContext) => (key: K, value: V | null) => R | null
  /** Names of the stores it may use. */
  readonly stores: readonly string[]
}

export const tableFilter =
  <K, V>(predicate: (key: K, value: V) => boolean, setup: () => TableSetup) =>
  (context: NodeContext): Receive<K, Change<V>> => {
    const { kept, sendsBefore } = setup()
    const compute = filtering(context.node, predicate)
    if (kept !== null) return filteredRows(kept, context, compute, sendsBefore)
    const { forward } = context
    return (key, change, time) => {
      const after = compute(key, change.after)
      const before = sendsBefore ? compute(key, change.before ?? null) : undefined
      if (before === null && after === null && !isOfVersions(change)) return
      forward(key, { before, after, isLatest: change.isLatest }, time)
    }
  }

export const tableMapValues =
  <K, V, R>(mapper: (value: V, key: K) => R | null, setup: () => TableSetup) =>
  (context: NodeContext): Receive<K, Change<V>> =>
    computed(context, mapping(context.node, mapper), setup())

/** As mapValues, for functions with a state of their own; called for deleted rows as well. */
export const tableTransformValues =
  <K, V, R>(transformer: Transformer<K, V, R>, setup: () => TableSetup) =>
  (context: NodeContext): Receive<K, Change<V>> =>
    computed(context, transforming(context, transformer), setup())

/** A view of a table after one of these verbs, computed from the view of the table before it. */
export const filterView =
  <K, V>(parent: (context: NodeContext) => TableView<K, V>, predicate: (k: K, v: V) => boolean) =>
  (context: NodeContext): TableView<K, V> =>
    computedView(parent(context), filtering(context.node, predicate))

export const mapValuesView =
  <K, V, R>(
    parent: (context: NodeContext) => TableView<K, V>,
    mapper: (value: V, key: K) => R | null,
  ) =>
  (context: NodeContext): TableView<K, R> =>
    computedView(parent(context), mapping(context.node, mapper))

export const transformValuesView =
  <K, V, R>(parent: (context: NodeContext) => TableView<K, V>, transformer: Transformer<K, V, R>) =>
  (context: NodeContext): TableView<K, R> => {
    const view = parent(context)
    const compute = transforming(context, transformer)
    const row = (key: K, found: { value: V; time: number } | undefined) => {
      const value = compute(key, found?.value ?? null)
      return value === null ? undefined : { value, time: found?.time ?? 0 }
    }
    const { getAsOf } = view
    const get = (key: K) => row(key, view.get(key))
    if (getAsOf === undefined) return { get }
    return { get, getAsOf: (key, asOf) => row(key, getAsOf(key, asOf)) }
  }

function computed<K, V, R>(
  context: NodeContext,
  compute: Compute<K, V, R>,
  { kept, sendsBefore }: TableSetup,
): Receive<K, Change<V>> {
  if (kept !== null) {
    const rows = keptRows<K, R>(kept, context)
    return (key, change, time) => rows.update(key, compute(key, change.after), time)
  }
  const { forward } = context
  return (key, change, time) => {
    const after = compute(key, change.after)
    const before = sendsBefore ? compute(key, change.before ?? null) : undefined
    forward(key, { before, after, isLatest: change.isLatest }, time)
  }
}

/** Rows that came from nothing and are nothing stay unheard of where that was asked for. */
function filteredRows<K, V>(
  kept: KeptSpec,
  context: NodeContext,
  compute: Compute<K, V, V>,
  sendsBefore: boolean,
): Receive<K, Change<V>> {
  const rows = keptRows<K, V>(kept, context)
  const newest = kept.isVersioned
    ? context.storeOf<K, V, 'versioned'>(kept.store, 'versioned')
    : context.store<K, V>(kept.store)
  return (key, change, time) => {
    const after = compute(key, change.after)
    const isSilent = sendsBefore && after === null && !isOfVersions(change)
    if (isSilent && newest.get(key) === undefined) return
    rows.update(key, after, time)
  }
}

/** Only tables with versions say of a change whether it is the newest. */
const isOfVersions = (change: Change<unknown>): boolean => change.isLatest !== undefined

function computedView<K, V, R>(view: TableView<K, V>, compute: Compute<K, V, R>): TableView<K, R> {
  const row = (key: K, found: { value: V; time: number } | undefined) => {
    if (found === undefined) return undefined
    const value = compute(key, found.value)
    return value === null ? undefined : { value, time: found.time }
  }
  const { getAsOf } = view
  const get = (key: K) => row(key, view.get(key))
  if (getAsOf === undefined) return { get }
  return { get, getAsOf: (key, asOf) => row(key, getAsOf(key, asOf)) }
}

function filtering<K, V>(node: string, predicate: (key: K, value: V) => boolean): Compute<K, V, V> {
  const holds = guarded(node, predicate)
  return (key, value) => (value !== null && holds(key, value, undefined) ? value : null)
}

function mapping<K, V, R>(node: string, mapper: (value: V, key: K) => R | null): Compute<K, V, R> {
  const mapped = guarded(node, mapper)
  return (key, value) => (value === null ? null : (mapped(value, key, undefined) ?? null))
}

function transforming<K, V, R>(
  context: NodeContext,
  { make, stores }: Transformer<K, V, R>,
): Compute<K, V, R> {
  const transformed = guarded(context.node, make(processingContext(context, stores)))
  return (key, value) => transformed(key, value, undefined) ?? null
}
