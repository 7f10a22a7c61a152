// joinByKey and leftJoinByKey: each row of the left table with the row of the right one that it names.
// The two live in different tasks, so they write to one another (protocols/messages/subscription.ts):
//
//   left row changes      subscribing   to the task of the right row: (un)subscribe
//   subscription comes    subscribed    kept in a store by foreign key and left key; answered
//   right row changes     answering     an answer to every subscription of its key
//   answer comes          answered      joined with the left row, if that is still what was asked about
//
// Source of the semantics: Kafka Streams' foreign-key joins, with its later mending (4.1): a row whose
// foreign key becomes null gives up its old subscription and its result. Only the last result of a key
// is a promise; on the way there may be others, and deletions of what never was. A change that only says
// what was long before (versioned tables) is dropped and counted, as is an answer that is stale.
//
// An inner join lets a row that is new be silent where there is nothing to join. Were its key left by
// an earlier row a moment ago, and the answer that deletes the old result still on its way, that answer
// would be stale: so such keys are remembered until the answer has come (store `leaving`), and a row that
// comes back meanwhile is answered in any case. What is not caught: a row that goes and comes back the
// same, byte for byte, can be taken for itself by an answer still on its way.

import { ByteWriter } from '#protocols/core/byte-writer'
import { equalBytes } from '#protocols/core/bytes'
import {
  type Instruction,
  pairPrefix,
  type Subscription,
  type SubscriptionAnswer,
  type SubscriptionPair,
} from '#protocols/messages/subscription'
import { fingerprint as fingerprintOf } from '#protocols/records/fingerprint'
import type { Serde } from '#protocols/serdes/serde'
import type { KeyValueStore } from '#stores/store'
import { guarded } from '../topology/guard.ts'
import type { Cell, Change, NodeContext, Receive } from '../topology/node.ts'
import type { TableView } from '../topology/table-view.ts'

export interface Subscribing<K, V, F> {
  /** The key of the right row that a left row names; null names none. */
  readonly foreignKeyOf: (value: V, key: K) => F | null
  /** Null for a left join, in which rows that name none, or one that is not there, have a result. */
  readonly leaving: string | null
  readonly foreignKey: Serde<F>
  readonly value: Serde<V>
}

/** Changes of the left table become subscriptions, by foreign key. */
export const subscribing =
  <K, V, F>(join: Subscribing<K, V, F>) =>
  (context: NodeContext): Receive<K | null, Change<V>> => {
    const { forward } = context
    const { partition } = context.task
    const leaving = join.leaving === null ? null : new Leaving<K>(join.leaving, context)
    const named = guarded(context.node, join.foreignKeyOf)
    const bytesOf = bytesWith(join.foreignKey)
    const printOf = printing(join.value)
    const foreignKeyOf = (key: K, value: V | null): F | null =>
      value === null ? null : (named(value, key, undefined) ?? null)
    const isSame = (a: F, b: F | null): boolean => b !== null && equalBytes(bytesOf(a), bytesOf(b))
    return (key, { before, after, isLatest }, time) => {
      if (key === null) return context.drop('null-key')
      if (isLatest === false) return context.drop('out-of-order')
      const was = foreignKeyOf(key, before ?? null)
      const is = foreignKeyOf(key, after)
      const fingerprint = printOf(after)
      const tell = (to: F | null, instruction: Instruction): void => {
        const message: Subscription<K> = { instruction, fingerprint, partition, leftKey: key }
        forward(to, message, time)
      }
      const isGone = was !== null && !isSame(was, is)
      if (leaving === null) {
        if (isGone) tell(was, 'leave')
        if (after !== null || (before ?? null) !== null) tell(is, 'join-or-tell')
        return
      }
      if (isGone && is !== null) tell(was, 'leave')
      if (isGone && is === null) {
        leaving.begin(key)
        tell(was, 'leave-and-tell')
      }
      if (is !== null) tell(is, was === null && !leaving.has(key) ? 'join' : 'join-or-tell')
      else if (was === null && (after ?? before ?? null) !== null) context.drop('null-key')
    }
  }

/** Keys whose old result is about to be deleted by an answer, and how many such answers will come. */
class Leaving<K> {
  readonly #counts: KeyValueStore<K, number>
  readonly #total: Cell

  constructor(store: string, context: NodeContext) {
    this.#counts = context.store<K, number>(store)
    this.#total = context.shared(`leaving.${store}`, () => context.cell('leaving', 0))
  }

  begin(key: K): void {
    this.#counts.put(key, (this.#counts.get(key) ?? 0) + 1)
    this.#total.value++
  }

  end(key: K): void {
    const count = this.#counts.get(key) ?? 0
    this.#counts.put(key, count > 1 ? count - 1 : null)
    this.#total.value--
  }

  has(key: K): boolean {
    return this.#total.value > 0 && this.#counts.get(key) !== undefined
  }
}

export interface Subscribed<F, V> {
  /** The store of subscriptions, by pair. */
  readonly store: string
  readonly rights: (context: NodeContext) => TableView<F, V>
}

/** Subscriptions are kept and answered. */
export const subscribed =
  <K, F, V>({ store, rights }: Subscribed<F, V>) =>
  (context: NodeContext): Receive<F | null, Subscription<K> | null> => {
    const { forward } = context
    const kept = context.store<SubscriptionPair<F, K>, Subscription<K>>(store)
    const view = rights(context)
    return (foreignKey, message, time) => {
      if (message === null) return context.drop('null-value')
      const { instruction, fingerprint, leftKey, partition } = message
      const isFarewell = instruction === 'leave-and-tell'
      const isLeaving = isFarewell || instruction === 'leave'
      if (foreignKey !== null) {
        kept.put({ foreignKey, leftKey }, isLeaving ? null : message, time)
      }
      if (instruction === 'leave') return
      const row = foreignKey === null ? undefined : view.get(foreignKey)
      if (row === undefined && instruction === 'join') return
      const value = isFarewell ? null : (row?.value ?? null)
      const answer: SubscriptionAnswer<V> = { fingerprint, partition, isFarewell, value }
      forward(leftKey, answer, row === undefined ? time : Math.max(time, row.time))
    }
  }

export interface Answering<F> {
  readonly store: string
  readonly foreignKey: Serde<F>
}

/** A change of the right table is told to all who subscribed to its row. */
export const answering =
  <K, F, V>({ store, foreignKey }: Answering<F>) =>
  (context: NodeContext): Receive<F | null, Change<V>> => {
    const { forward } = context
    const kept = context.store<SubscriptionPair<F, K>, Subscription<K>>(store)
    return (key, { after, isLatest }, time) => {
      if (key === null) return context.drop('null-key')
      if (isLatest === false) return context.drop('out-of-order')
      for (const [{ leftKey }, subscription] of kept.prefixScan(pairPrefix(foreignKey, key))) {
        const { fingerprint, partition } = subscription
        const answer = { fingerprint, partition, isFarewell: false, value: after }
        forward(leftKey, answer, time)
      }
    }
  }

export interface Answered<K, V, F, W, J> extends Subscribing<K, V, F> {
  readonly lefts: (context: NodeContext) => TableView<K, V>
  readonly joiner: (left: V, right: W | null, key: K) => J | null
}

/** Answers become rows of the result, as records; null deletes. */
export const answered =
  <K, V, F, W, J>(join: Answered<K, V, F, W, J>) =>
  (context: NodeContext): Receive<K, SubscriptionAnswer<W> | null> => {
    const { forward } = context
    const leaving = join.leaving === null ? null : new Leaving<K>(join.leaving, context)
    const view = join.lefts(context)
    const printOf = printing(join.value)
    const joined = guarded(context.node, join.joiner)
    const named = guarded(context.node, join.foreignKeyOf)
    const namesNone = (left: V | null, key: K): boolean =>
      left === null || (named(left, key, undefined) ?? null) === null
    return (key, answer, time) => {
      if (answer === null) return context.drop('null-value')
      const left = view.get(key)?.value ?? null
      if (answer.isFarewell) {
        leaving?.end(key)
        return namesNone(left, key) ? forward(key, null, time) : context.drop('stale')
      }
      if (!isSamePrint(answer.fingerprint, printOf(left))) return context.drop('stale')
      const hasResult = left !== null && (answer.value !== null || leaving === null)
      forward(key, hasResult ? (joined(left, answer.value, key) ?? null) : null, time)
    }
  }

/** Where an answer belongs: the partition whose task asked. */
export const askedFrom = (
  _key: unknown,
  answer: SubscriptionAnswer<unknown> | null,
): number | null => answer?.partition ?? null

/** The fingerprint of a row; null for no row. */
function printing<V>(serde: Serde<V>): (value: V | null) => Uint8Array | null {
  const out = new ByteWriter(256)
  return (value) => {
    if (value === null) return null
    out.clear()
    serde.write(value, out)
    return fingerprintOf(out.buffer, out.length)
  }
}

const isSamePrint = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : equalBytes(a, b)

/** A value's bytes. */
function bytesWith<T>(serde: Serde<T>): (value: T) => Uint8Array {
  const out = new ByteWriter(64)
  return (value) => {
    out.clear()
    serde.write(value, out)
    return out.finish()
  }
}
