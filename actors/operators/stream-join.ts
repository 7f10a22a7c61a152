// join, leftJoin, outerJoin of two streams: records of one key that are near in time. Each side keeps
// its records in a window store and looks for partners in the other's; every pair is a result, at the
// later of both times. One node per side; a third hands on what both find.
//
// Source of the semantics: Kafka Streams KStreamKStreamJoin. Lateness is not tested: a late record
// joins what the other store still has. A record without a value is dropped and counted, one without a
// key as well, but where its side has results alone it goes out alone at once, and is not kept. A
// record whose window is behind the clock already goes out alone at once, whatever the grace, and may
// still be met later. What goes out late carries the headers of the record that let it out.

import { guarded } from '../topology/guard.ts'
import type { NodeContext, Receive } from '../topology/node.ts'
import { Unmatched, type UnmatchedEntry, type UnmatchedSpec } from './unmatched.ts'

export type StreamJoiner<L, R, K, J> = (left: L | null, right: R | null, key: K | null) => J

export interface StreamJoinSide<L, R, K, J> {
  readonly isLeft: boolean
  /** The window store of this side, and of the other; both keep duplicates. */
  readonly own: string
  readonly other: string
  /** Partners are from `beforeMs` before a record of this side to `afterMs` after it, inclusive. */
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
  readonly joiner: StreamJoiner<L, R, K, J>
  /** Records of this side have a result without a partner. */
  readonly isKept: boolean
  /** Null: no side has. */
  readonly unmatched: UnmatchedSpec | null
}

export const streamJoin =
  <L, R, K, J>(side: StreamJoinSide<L, R, K, J>) =>
  (context: NodeContext): Receive<K | null, L | R | null> =>
    side.unmatched === null
      ? matching(side, context)
      : keeping(side, context, new Unmatched(side.unmatched, context))

function matching<L, R, K, J>(
  side: StreamJoinSide<L, R, K, J>,
  context: NodeContext,
): Receive<K | null, L | R | null> {
  const { forward } = context
  const { beforeMs, afterMs } = side
  const own = context.storeOf<K, L | R, 'window'>(side.own, 'window')
  const other = context.storeOf<K, L | R, 'window'>(side.other, 'window')
  const join = joining(side, context)
  return (key, value, time) => {
    if (key === null) return context.drop('null-key')
    if (value === null) return context.drop('null-value')
    own.put(key, value, time)
    for (const { start, value: found } of other.fetch(key, time - beforeMs, time + afterMs)) {
      forward(key, join(value, found, key), Math.max(time, start))
    }
  }
}

function keeping<L, R, K, J>(
  side: StreamJoinSide<L, R, K, J>,
  context: NodeContext,
  unmatched: Unmatched<K, L | R>,
): Receive<K | null, L | R | null> {
  const { forward } = context
  const { isLeft, isKept, beforeMs, afterMs, graceMs } = side
  const own = context.storeOf<K, L | R, 'window'>(side.own, 'window')
  const other = context.storeOf<K, L | R, 'window'>(side.other, 'window')
  const join = joining(side, context)
  const alone = context.contained(({ key, value, time }: UnmatchedEntry<K, L | R>): void => {
    const isOurs = key.isLeft === isLeft
    const joined = isOurs ? join(value.of, null, key.of) : join(null, value.of, key.of)
    forward(key.of, joined, time)
  })
  // Both sides share what is held, so one of them is enough.
  if (isLeft) {
    context.onIdle((time) => {
      unmatched.advance(time)
      unmatched.takeClosed(afterMs + graceMs).forEach(alone)
    })
  }
  return (key, value, time) => {
    unmatched.advance(time)
    if (key === null && value !== null && isKept)
      return forward(null, join(value, null, null), time)
    if (key === null) return context.drop('null-key')
    if (value === null) return context.drop('null-value')
    own.put(key, value, time)
    if (time === unmatched.time) unmatched.takeClosed(afterMs + graceMs).forEach(alone)
    const found = other.fetch(key, time - beforeMs, time + afterMs)
    for (const { start, value: partner } of found) {
      unmatched.matched(!isLeft, key, start)
      forward(key, join(value, partner, key), Math.max(time, start))
    }
    if (!isKept || found.length > 0) return
    if (time + afterMs < unmatched.time) forward(key, join(value, null, key), time)
    else unmatched.hold(isLeft, key, value, time)
  }
}

/** The joiner as this side sees it: its own value first. */
function joining<L, R, K, J>(
  { joiner, isLeft }: StreamJoinSide<L, R, K, J>,
  context: NodeContext,
): (mine: L | R | null, theirs: L | R | null, key: K | null) => J {
  const joined = guarded(context.node, joiner)
  // Which of the two types each is follows from the side.
  return isLeft
    ? (mine, theirs, key) => joined(mine as L | null, theirs as R | null, key)
    : (mine, theirs, key) => joined(theirs as L | null, mine as R | null, key)
}

export interface SelfJoin<V, K, J> {
  readonly store: string
  /** Of that store. */
  readonly retentionMs: number
  /** A record's partners on the right are from `beforeMs` before it to `afterMs` after it. */
  readonly beforeMs: number
  readonly afterMs: number
  readonly joiner: StreamJoiner<V, V, K, J>
}

/**
 * An inner join of a stream with itself, in one store, with the results of one in two. A record is
 * first the left one of its pairs, then the right one, and there meets itself when it is its turn by
 * time; not when it is past the retention, for then it is not kept.
 */
export const selfJoin =
  <V, K, J>({ store, retentionMs, beforeMs, afterMs, joiner }: SelfJoin<V, K, J>) =>
  (context: NodeContext): Receive<K | null, V | null> => {
    const { forward } = context
    const kept = context.storeOf<K, V, 'window'>(store, 'window')
    const join = guarded(context.node, joiner)
    return (key, value, time) => {
      if (key === null) return context.drop('null-key')
      if (value === null) return context.drop('null-value')
      for (const { start, value: right } of kept.fetch(key, time - beforeMs, time + afterMs)) {
        forward(key, join(value, right, key), Math.max(time, start))
      }
      let isMet = time <= kept.observedTime - retentionMs
      for (const { start, value: left } of kept.fetch(key, time - afterMs, time + beforeMs)) {
        if (start > time && !isMet) {
          isMet = true
          forward(key, join(value, value, key), time)
        }
        forward(key, join(left, value, key), Math.max(time, start))
      }
      if (!isMet) forward(key, join(value, value, key), time)
      kept.put(key, value, time)
    }
  }
