// aggregate: folds the records of each key into one value kept in a store; count and reduce are
// aggregates. Every record forwards the change it made.
//
// Source of the semantics: Kafka Streams KGroupedStream: a null key or value is dropped and counted;
// the result's time is the newest of the records folded in; a null result deletes the entry and the
// next record of the key starts afresh.

import { guarded } from '../topology/guard.ts'
import type { Change, NodeContext, Receive } from '../topology/node.ts'

export interface Aggregation<K, V, A> {
  readonly store: string
  /** Called when the key has no value yet. */
  readonly initialize: () => A
  readonly update: (aggregate: A, value: V, key: K) => A | null
}

export const aggregate = <K, V, A>({ store, initialize, update }: Aggregation<K, V, A>) =>
  fold<K, V, A>(store, (before, value, key) =>
    update(before === undefined ? initialize() : before, value, key),
  )

/** count: how many records of each key there were. */
export const count = <K, V>(store: string) =>
  fold<K, V, number>(store, (before) => (before === undefined ? 1 : before + 1))

/** reduce: the first value of a key as it is, then the reducer over what is kept and the new one. */
export const reduce = <K, V>(store: string, reducer: (kept: V, value: V, key: K) => V | null) =>
  fold<K, V, V>(store, (before, value, key) =>
    before === undefined ? value : reducer(before, value, key),
  )

type Step<K, V, A> = (before: A | undefined, value: V, key: K) => A | null

const fold =
  <K, V, A>(store: string, step: Step<K, V, A>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { forward } = context
    const kept = context.store<K, A>(store)
    const next = guarded(context.node, step)
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (value === null) return context.drop('null-value')
      const slot = kept.slot(key)
      const before = slot.value
      const after = next(before, value, key) ?? null
      const newest = before === undefined || time > slot.time ? time : slot.time
      kept.write(slot, after ?? undefined, newest)
      const change: Change<A> = { before: before ?? null, after }
      forward(key, change, newest)
    }
  }
