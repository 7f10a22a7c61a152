// groupBy of a table, and the folds of the groups. A row that changes leaves the group it was in and
// enters the one it is in; within one group that is one change, between two it is two, the leaving
// first. What is folded is subtracted before anything is added.
//
// Source of the semantics: Kafka Streams KTableRepartitionMap, KTableAggregate and KTableReduce: rows
// grouped by no key, or without a value, belong to no group; a count that comes down to 0 stays; the
// result's time is the newest of what was folded in.

import { compareBytes } from '#protocols/core/bytes'
import type { Serde } from '#protocols/serdes/serde'
import { encoded } from '#protocols/serdes/whole'
import { guarded } from '../topology/guard.ts'
import type { Change, NodeContext, Receive } from '../topology/node.ts'
import { changesOf, type KeptSpec, keptRows } from './kept-rows.ts'

type Pair<K, V> = readonly [key: K | null, value: V | null] | null

/** @param key tells whether two group keys are the same, by their bytes */
export const regroup =
  <K, V, K2, V2>(
    mapper: (key: K, value: V) => Pair<K2, V2>,
    key: Serde<K2>,
    isVersioned: boolean,
  ) =>
  (context: NodeContext): Receive<K, Change<V>> => {
    const { forward } = context
    const mapped = guarded(context.node, mapper)
    const pairOf = (from: K, value: V | null | undefined) => {
      const pair = (value ?? null) === null ? null : mapped(from, value as V, undefined)
      return pair === null || (pair[0] ?? null) === null || (pair[1] ?? null) === null ? null : pair
    }
    return (from, change, time) => {
      if (isVersioned && change.isLatest === false) return context.drop('out-of-order')
      const after = pairOf(from, change.after)
      const before = pairOf(from, change.before)
      if (before !== null && after !== null && isSameKey(key, before[0] as K2, after[0] as K2)) {
        return forward(after[0], { before: before[1], after: after[1] }, time)
      }
      if (before !== null) forward(before[0], { before: before[1], after: null }, time)
      if (after !== null) forward(after[0], { before: null, after: after[1] }, time)
    }
  }

export interface Regrouping<K, V, A> {
  /** The group without a value; only called for a group that has a row. */
  readonly subtract: (aggregate: A, value: V, key: K) => A | null
  /** The group with one more value; undefined stands for a group without a row. */
  readonly add: (aggregate: A | undefined, value: V, key: K) => A | null
}

/** Folds the changes of each group into one value kept in a store. */
export const foldGroups =
  <K, V, A>(kept: KeptSpec, { subtract, add }: Regrouping<K, V, A>) =>
  (context: NodeContext): Receive<K, Change<V>> => {
    const subtracted = guarded(context.node, subtract)
    const added = guarded(context.node, add)
    const next = (key: K, change: Change<V>, kept: A | undefined): A | undefined => {
      let aggregate = kept
      const before = change.before ?? null
      if (before !== null && aggregate !== undefined) {
        aggregate = subtracted(aggregate, before, key) ?? undefined
      }
      if (change.after === null) return aggregate
      return added(aggregate, change.after, key) ?? undefined
    }
    if (kept.isVersioned) return foldVersions(kept, context, next)
    const rows = context.store<K, A>(kept.store)
    const emit = changesOf<K, A>(kept, context)
    return (key, change, time) => {
      const slot = rows.slot(key)
      const before = slot.value
      const after = next(key, change, before)
      const newest = before === undefined || time > slot.time ? time : slot.time
      rows.write(slot, after, newest)
      emit(key, { before: before ?? null, after: after ?? null }, newest)
    }
  }

function foldVersions<K, V, A>(
  kept: KeptSpec,
  context: NodeContext,
  next: (key: K, change: Change<V>, kept: A | undefined) => A | undefined,
): Receive<K, Change<V>> {
  const store = context.storeOf<K, A, 'versioned'>(kept.store, 'versioned')
  const rows = keptRows<K, A>(kept, context)
  return (key, change, time) => {
    const before = store.get(key)
    const after = next(key, change, before?.value)
    rows.update(key, after ?? null, Math.max(time, before?.time ?? time))
  }
}

const isSameKey = <K>(serde: Serde<K>, a: K, b: K): boolean =>
  a === b || (typeof a === 'object' && compareBytes(encoded(serde, a), encoded(serde, b)) === 0)
