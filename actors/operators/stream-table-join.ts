// join and leftJoin of a stream with a table: each record of the stream meets the row of its key, or
// of a key made from it where the table is global. Only records of the stream have results; the
// table is looked up as it is when they come, or, when it has versions, as it was at their time.
//
// Source of the semantics: Kafka Streams KStreamKTableJoin and KStreamGlobalKTableJoin. A record
// without a value is dropped and counted. Without a key to look up it is too; but a left join lets a
// record that has no key of its own through. The result's time is the record's; the row's does not
// count. With a grace period records wait until the newest time has passed them by it, and are joined
// in the order of their times; one that comes later than that is joined at once.

import type { Kept } from '#protocols/serdes/kept'
import type { BufferEntry } from '#stores/store'
import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive, RecordContext } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'

export interface StreamTableJoin<K, V, G, T, J> {
  readonly view: (context: NodeContext) => TableView<G, T>
  /** Look up the row as it was at the record's time. */
  readonly isVersioned: boolean
  /** Null: rows are found by the record's own key. */
  readonly keyOf: ((key: K | null, value: V) => G | null) | null
  readonly joiner: (value: V, row: T | null, key: K | null) => J
  /** Records without a row have a result. */
  readonly isLeft: boolean
  readonly wait: JoinWait | null
}

export interface JoinWait {
  /** A buffer that keeps all, of kept values. */
  readonly store: string
  readonly graceMs: number
}

export const streamTableJoin =
  <K, V, G, T, J>(join: StreamTableJoin<K, V, G, T, J>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { isLeft, wait } = join
    // Rows of a table that is not global have the keys of the stream.
    const keyOf = join.keyOf === null ? (key: K | null) => key as G | null : join.keyOf
    const selected = guarded(context.node, keyOf)
    const meet = meeting(join, context)
    const admit = wait === null ? meet : waiting<K, V, G>(wait, meet, context)
    return (key, value, time) => {
      if (value === null) return context.drop(key === null ? 'null-key' : 'null-value')
      const at = selected(key, value, undefined) ?? null
      if (isLeft && key === null) return meet(key, value, time, at)
      if (at === null) return context.drop('null-key')
      admit(key, value, time, at)
    }
  }

/** Joins a record with the row of `at`. */
type Meet<K, V, G> = (key: K | null, value: V, time: number, at: G | null) => void

function meeting<K, V, G, T, J>(
  join: StreamTableJoin<K, V, G, T, J>,
  context: NodeContext,
): Meet<K, V, G> {
  const { forward } = context
  const { isLeft, isVersioned } = join
  const view = join.view(context)
  const joined = guarded(context.node, join.joiner)
  return (key, value, time, at) => {
    const row = at === null ? undefined : isVersioned ? view.getAsOf?.(at, time) : view.get(at)
    if (row !== undefined || isLeft) forward(key, joined(value, row?.value ?? null, key), time)
  }
}

function waiting<K, V, G>(
  { store, graceMs }: JoinWait,
  meet: Meet<K, V, G>,
  context: NodeContext,
): Meet<K, V, G> {
  const { record } = context
  const held = context.storeOf<K, Kept<V>, 'buffer'>(store, 'buffer')
  const observed = context.cell('observed', -1)
  // Only tables that have versions are waited for, and their keys are those of the stream.
  const go = context.contained(({ key, value, time }: BufferEntry<K, Kept<V>>): void =>
    meet(key, value.value, time, key as unknown as G),
  )
  const release = (): void =>
    void held.popUntil(observed.value - graceMs, (entry) =>
      context.under(contextOf(entry.value), () => go(entry)),
    )
  context.onIdle((time) => {
    if (time > observed.value) observed.value = time
    release()
  })
  return (key, value, time, at) => {
    if (key === null || observed.value - graceMs > time) return meet(key, value, time, at)
    if (time > observed.value) observed.value = time
    const { topic, partition, offset } = record
    held.put(time, key, { value, topic, partition, offset, headers: record.headers() })
    release()
  }
}

const contextOf = ({ topic, partition, offset, headers }: Kept<unknown>): RecordContext => ({
  ...{ topic, partition, offset },
  headers: () => headers,
})
