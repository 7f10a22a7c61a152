// aggregate: folds the records of each key into one value kept in a store; count and reduce are
// aggregates. Every record forwards the change it made.
//
// Source of the semantics: Kafka Streams KGroupedStream: a null key or value is dropped and counted;
// the result's time is the newest of the records folded in; a null result deletes the entry and the
// next record of the key starts afresh.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'
import { changesOf, type KeptSpec, keptRows } from './kept-rows.ts'

export interface Aggregation<K, V, A> {
  readonly kept: KeptSpec
  /** Called when the key has no value yet. */
  readonly initialize: () => A
  readonly update: (aggregate: A, value: V, key: K) => A | null
}

export const aggregate = <K, V, A>({ kept, initialize, update }: Aggregation<K, V, A>) =>
  fold<K, V, A>(kept, (before, value, key) =>
    update(before === undefined ? initialize() : before, value, key),
  )

/** count: how many records of each key there were. */
export const count = <K, V>(kept: KeptSpec) =>
  fold<K, V, number>(kept, (before) => (before === undefined ? 1 : before + 1))

/** reduce: the first value of a key as it is, then the reducer over what is kept and the new one. */
export const reduce = <K, V>(kept: KeptSpec, reducer: (kept: V, value: V, key: K) => V | null) =>
  fold<K, V, V>(kept, (before, value, key) =>
    before === undefined ? value : reducer(before, value, key),
  )

type Step<K, V, A> = (before: A | undefined, value: V, key: K) => A | null

const fold =
  <K, V, A>(kept: KeptSpec, step: Step<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const next = guarded(context.node, step)
    return kept.isVersioned ? foldVersions(kept, context, next) : foldNewest(kept, context, next)
  }

function foldNewest<K, V, A>(
  kept: KeptSpec,
  context: NodeContext,
  next: Step<K, V, A>,
): Receive<K | null, V | null> {
  const rows = context.store<K, A>(kept.store)
  const emit = changesOf<K, A>(kept, context)
  return (key, value, time) => {
    if (key === null) return context.drop('null-key')
    if (value === null) return context.drop('null-value')
    const slot = rows.slot(key)
    const before = slot.value
    const after = next(before, value, key) ?? null
    const newest = before === undefined || time > slot.time ? time : slot.time
    rows.write(slot, after ?? undefined, newest)
    emit(key, { before: before ?? null, after }, newest)
  }
}

function foldVersions<K, V, A>(
  kept: KeptSpec,
  context: NodeContext,
  next: Step<K, V, A>,
): Receive<K | null, V | null> {
  const versions = context.storeOf<K, A, 'versioned'>(kept.store, 'versioned')
  const rows = keptRows<K, A>(kept, context)
  return (key, value, time) => {
    if (key === null) return context.drop('null-key')
    if (value === null) return context.drop('null-value')
    const before = versions.get(key)
    const after = next(before?.value, value, key) ?? null
    rows.update(key, after, Math.max(time, before?.time ?? time))
  }
}
